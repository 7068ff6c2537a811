//===--- MixedPrecisionTests.swift - bfloat16 beside master weights -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

@Suite struct `Gradients in bfloat16` {
  private func optimizer(
    _ storage: MomentStorage, beta1: Double = 0.9, threads: Int = 1
  ) throws -> AdEMAMix<Float> {
    var optimizer = try AdEMAMix<Float>(
      [
        ParameterGroup(
          "a", sizes: [3_000, 5],
          Hyperparameters(learningRate: 0.01, beta1: beta1, weightDecay: 0.1),
          storage: storage),
        ParameterGroup(
          "frozen", sizes: [300], Hyperparameters(learningRate: 1),
          isFrozen: true),
      ], engine: .fused, threads: threads)
    optimizer.threadSplit.byteCountWorthAThread = 4096
    return optimizer
  }

  private static let storages: [MomentStorage] = [
    .full, .compact, .minimal, MomentStorage(slow: .bfloat16),
  ]

  @Test(arguments: storages, [0.9, 0])
  func `make the steps of the same numbers as Float`(
    storage: MomentStorage, beta1: Double
  ) throws {
    for options in [StepOptions(), .clipped, .cautious, .accumulating] {
      for threads in [1, 3] {
        var narrow = try optimizer(storage, beta1: beta1, threads: threads)
        var wide = try optimizer(storage, beta1: beta1)
        narrow.options = options
        wide.options = options
        var random = RandomNumbers(seed: 2)
        var parameters: [Float] = random.numbers(3_305)
        var expected = parameters
        var copy = parameters.map { BFloat16($0) }
        for _ in 0..<6 {
          let gradients = random.numbers(3_305, as: Float.self).map {
            BFloat16($0)
          }
          try narrow.step(
            &parameters, gradients: gradients, bfloat16Copy: &copy)
          try wide.step(&expected, gradients: gradients.map { Float($0) })
        }
        let areEqual = parameters == expected
        #expect(areEqual, "\(options)")
        let isRounded = copy == parameters.map { BFloat16($0) }
        #expect(isRounded, "\(options)")
      }
    }
  }

  @Test func `are rounded to the nearest, ties to even`() {
    #expect(BFloat16(1).bitPattern == 0x3f80)
    #expect(Float(BFloat16(Float(1).nextUp)) == 1)
    // Half way between 1 and 1 + 2⁻⁷, and between that and the next.
    #expect(BFloat16(1 + 0x1p-8).bitPattern == 0x3f80)
    #expect(BFloat16(1 + 3 * 0x1p-8).bitPattern == 0x3f82)
    #expect(Float(BFloat16(.greatestFiniteMagnitude)) == .infinity)
    #expect(Float(BFloat16(-.infinity)) == -.infinity)
    for bits in [0x7fff_ffff, 0xffff_ffff, 0x7f80_0001, 0xff80_0001] as [UInt32]
    {
      #expect(Float(BFloat16(Float(bitPattern: bits))).isNaN)
    }
  }

  @Test func `need the fused engine, and buffers of their own`() throws {
    var optimizer = try AdEMAMix<Float>(
      [ParameterGroup("g", sizes: [2], Hyperparameters(learningRate: 1))],
      engine: .blas)
    var parameters: [Float] = [1, 2]
    var copy = parameters.map { BFloat16($0) }
    let gradients = copy
    #expect(throws: AdEMAMixError.storageNeedsFusedEngine(.blas, group: nil)) {
      try optimizer.step(&parameters, gradients: gradients, bfloat16Copy: &copy)
    }
    optimizer.engine = .fused
    var short = [BFloat16(1)]
    #expect(throws: AdEMAMixError.copyCount(1, expected: 2)) {
      try optimizer.step(
        &parameters, gradients: gradients, bfloat16Copy: &short)
    }
    #expect(throws: AdEMAMixError.overlappingBuffers) {
      try unsafe copy.withUnsafeMutableBufferPointer { copy in
        _ = try unsafe parameters.withUnsafeMutableBufferPointer {
          try unsafe optimizer.step(
            &$0, gradients: UnsafeBufferPointer(copy), bfloat16Copy: &copy)
        }
      }
    }
    #expect(parameters == [1, 2] && optimizer.stepCount == 0)
  }

  @Test(arguments: [1, 3])
  func `have a copy that is filled at once, frozen groups too`(
    threads: Int
  ) throws {
    var optimizer = try optimizer(.compact, threads: threads)
    var random = RandomNumbers(seed: 3)
    var parameters: [Float] = random.numbers(3_305)
    parameters[7] = .nan
    parameters[3_100] = -.infinity
    var copy = [BFloat16](repeating: BFloat16(9), count: 3_305)
    try optimizer.round(parameters, into: &copy)
    let isFilled = copy == parameters.map { BFloat16($0) }
    #expect(isFilled)

    // A step moves the others, and leaves the frozen ones right.
    let gradients = copy
    try optimizer.step(&parameters, gradients: gradients, bfloat16Copy: &copy)
    let isUpToDate = copy == parameters.map { BFloat16($0) }
    #expect(isUpToDate)
  }

  @Test func `have a copy of as many elements, of its own`() throws {
    let optimizer = try optimizer(.full)
    let parameters = [Float](repeating: 1, count: 3_305)
    var copy = [BFloat16](repeating: BFloat16(9), count: 3_304)
    let old = copy
    #expect(throws: AdEMAMixError.copyCount(3_304, expected: 3_305)) {
      try optimizer.round(parameters, into: &copy)
    }
    #expect(throws: AdEMAMixError.parameterCount(1, expected: 3_305)) {
      try optimizer.round([1] as [Float], into: &copy)
    }
    let isUntouched = copy == old
    #expect(isUntouched)
    var memory = [Float](repeating: 1, count: 3_305)
    #expect(throws: AdEMAMixError.overlappingBuffers) {
      try unsafe memory.withUnsafeMutableBufferPointer { memory in
        try unsafe memory.withMemoryRebound(to: BFloat16.self) { narrow in
          var copy = unsafe UnsafeMutableBufferPointer(
            rebasing: narrow[..<memory.count])
          return try unsafe optimizer.round(memory, into: &copy)
        }
      }
    }
    #expect(memory == parameters)
    let none = try AdEMAMix<Float>([])
    var empty: [BFloat16] = []
    try none.round([Float](), into: &empty)
  }
}

extension StepOptions {
  fileprivate static var clipped: StepOptions {
    var options = StepOptions()
    options.clipping = .globalNorm(0.5)
    options.nonFiniteGradients = .throw
    return options
  }

  fileprivate static var cautious: StepOptions {
    var options = StepOptions()
    options.isCautious = true
    return options
  }

  fileprivate static var accumulating: StepOptions {
    var options = StepOptions()
    options.accumulation = .mean(over: 2)
    return options
  }
}
