//===--- AllocationTests.swift - what a step takes from the heap ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import CAllocationCounter
import Testing

/// Sanitizers replace the allocator, so that there is nothing to count. Without
/// optimization the compiler allocates what it need not.
#if DEBUG
let canCountAllocations = false
#else
let canCountAllocations = allocation_count() >= 0
#endif

@Suite(.enabled(if: canCountAllocations)) struct `Memory` {
  @Test(arguments: StepEngine.allCases)
  func `is not allocated by a step on one thread`(engine: StepEngine) throws {
    var hyperparameters = Hyperparameters(
      learningRate: .warmupCosine(peak: 0.01, warmup: 5, total: 100),
      weightDecay: .piecewiseConstant(
        from: 0.1, changes: [.init(at: 3, factor: 0.5)])
    ).warmingUp(over: 10)
    hyperparameters.beta1 = 0.5
    var optimizer = try AdEMAMix<Float>(
      [
        ParameterGroup("a", sizes: [1000, 7], hyperparameters),
        ParameterGroup("b", sizes: [500], hyperparameters, isFrozen: true),
        ParameterGroup("c", sizes: [3], hyperparameters.with(\.beta1, 0)),
      ], engine: engine, threads: 1)
    var parameters = [Float](repeating: 1, count: 1510)
    let gradients = [Float](repeating: 0.5, count: 1510)

    let flatCount = try allocations {
      try optimizer.step(&parameters, gradients: gradients)
    }
    #expect(flatCount == 0)
    let spanCount = try allocations {
      try optimizer.step(parameters.mutableSpan, gradients: gradients.span)
    }
    #expect(spanCount == 0)
    var arrays = optimizer.layout.tensors.map { Array(parameters[$0.range]) }
    let arrayGradients = arrays.map { $0.map { _ in Float(0.5) } }
    let arraysCount = try allocations {
      try optimizer.step(&arrays, gradients: arrayGradients)
    }
    #expect(arraysCount == 0)

    try unsafe parameters.withUnsafeMutableBufferPointer { parameters in
      try unsafe gradients.withUnsafeBufferPointer { gradients in
        let ranges = optimizer.layout.tensors.map(\.range)
        var tensors = unsafe ranges.map {
          unsafe UnsafeMutableBufferPointer(rebasing: parameters[$0])
        }
        let tensorGradients = unsafe ranges.map {
          unsafe UnsafeBufferPointer(rebasing: gradients[$0])
        }
        let tensorCount = try allocations {
          try unsafe optimizer.step(&tensors, gradients: tensorGradients)
        }
        #expect(tensorCount == 0)
      }
    }
  }

  @Test(arguments: StepEngine.allCases)
  func `is not allocated by a step with options`(engine: StepEngine) throws {
    var optimizer = try AdEMAMix<Float>(
      [
        ParameterGroup(
          "a", sizes: [1000, 7, 300], Hyperparameters(learningRate: 0.01))
      ], engine: engine, threads: 1)
    optimizer.options.accumulation = .mean(over: 2)
    optimizer.options.nonFiniteGradients = .zeroElements
    optimizer.options.clipping = .globalNorm(0.1)
    optimizer.options.isCautious = true
    optimizer.options.updateClipping = 1
    var parameters = [Float](repeating: 1, count: 1307)
    var gradients = parameters
    gradients[9] = .nan
    let count = try allocations {
      for _ in 0..<4 {
        _ = try optimizer.step(
          &parameters, gradients: gradients, gradientScale: 0.5)
      }
    }
    #expect(count == 0)
  }

  @Test func `for a step on many threads does not grow with the parameters`()
    throws
  {
    func allocationsOfStep(count: Int) throws -> Int {
      var optimizer = try AdEMAMix<Float>(
        [ParameterGroup("a", sizes: [count], Hyperparameters(learningRate: 1))],
        threads: 2)
      var parameters = [Float](repeating: 1, count: count)
      let gradients = parameters
      return try allocations {
        try optimizer.step(&parameters, gradients: gradients)
      }
    }
    let small = try allocationsOfStep(count: 1_000_000)
    #expect(try allocationsOfStep(count: 4_000_000) <= small + 4)
  }

  @Test(arguments: [(0.9, 12), (0, 8)])
  func `for the state is 12 bytes a Float parameter`(
    beta1: Double, bytesPerParameter: Int
  ) throws {
    // The first takes memory for types too.
    _ = try AdEMAMix<Float>([
      ParameterGroup("a", sizes: [1], Hyperparameters(learningRate: 1))
    ])
    for count in [1, 1000, 1_000_000] {
      let hyperparameters = Hyperparameters(learningRate: 1, beta1: beta1)
      let before = allocated_byte_count()
      let optimizer = try AdEMAMix<Float>(
        [ParameterGroup("a", sizes: [count], hyperparameters)], threads: 1)
      let taken = allocated_byte_count() - before
      // For alignment, and what a step works in.
      let constant = 20_480
      #expect(taken >= bytesPerParameter * count)
      #expect(taken <= bytesPerParameter * count + constant)
      #expect(optimizer.stateByteCount >= bytesPerParameter * count)
      #expect(optimizer.stateByteCount <= taken)
    }
  }

  @Test func `is not allocated by an update of an average on one thread`()
    throws
  {
    let parameters = [Float](repeating: 1, count: 1000)
    let arrays = [parameters, [1, 2, 3]]
    var average = try ParameterAverage<Float>(
      of: parameters, decay: .halfLife(from: 0.1, to: 0.999, over: 10),
      threads: 1)
    var ofArrays = try ParameterAverage<Float>(
      of: arrays, decay: 0.9, threads: 1)
    #expect(try allocations { try average.update(with: parameters) } == 0)
    #expect(try allocations { try average.update(with: parameters.span) } == 0)
    #expect(try allocations { try ofArrays.update(with: arrays) } == 0)
  }

  @Test func `for an average is 4 bytes a Float parameter`() throws {
    // The first takes memory for types too.
    _ = try ParameterAverage<Float>(of: [1], decay: 0.9)
    for count in [1, 1000, 1_000_000] {
      let parameters = [Float](repeating: 1, count: count)
      let before = allocated_byte_count()
      let average = try ParameterAverage<Float>(of: parameters, decay: 0.9)
      let taken = allocated_byte_count() - before
      #expect(average.byteCount >= 4 * count)
      #expect(average.byteCount <= taken && taken <= 4 * count + 4096)
    }
  }
}

/// The allocations of a call, not counting those of the first such call.
func allocations(_ body: () throws -> Void) rethrows -> Int {
  try body()
  let before = allocation_count()
  try body()
  return allocation_count() - before
}
