//===--- StepMemoryTests.swift - the shapes of memory a step takes --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

@Suite struct `A step on memory of any shape` {
  @Test(arguments: StepEngine.allCases, CallShape.allCases)
  func `gives the bits of a step on an array`(
    engine: StepEngine, shape: CallShape
  ) throws {
    try check(Float.self)
    try check(Double.self)

    func check<Scalar: OptimizerScalar>(_: Scalar.Type) throws {
      var expected: [Scalar] = sample(count, 1)
      var parameters = expected
      var onArray: AdEMAMix<Scalar> = try makeOptimizer(engine)
      var optimizer = try onArray.copy()
      for seed in 2...5 {
        let gradients: [Scalar] = sample(count, seed)
        try onArray.step(&expected, gradients: gradients)
        try optimizer.step(shape, &parameters, gradients: gradients)
      }
      #expect(parameters == expected)
      #expect(optimizer.copyMoments() == onArray.copyMoments())
      #expect(optimizer.stepCount == 4)
    }
  }

  @Test(arguments: StepEngine.allCases, CallShape.allCases)
  func `gives the same bits on several threads`(
    engine: StepEngine, shape: CallShape
  ) throws {
    // Threads meet inside the second tensor.
    let group = ParameterGroup(
      "w", sizes: [300, 20_001], Hyperparameters(learningRate: 0.1))
    var onOne = try AdEMAMix<Float>([group], engine: engine, threads: 1)
    var onThree = try AdEMAMix<Float>([group], engine: engine, threads: 3)
    onThree.threadSplit.byteCountWorthAThread = 8192
    let gradients: [Float] = sample(20_301, 2)
    var expected: [Float] = sample(20_301, 1)
    var parameters = expected
    try onOne.step(&expected, gradients: gradients)
    try onThree.step(shape, &parameters, gradients: gradients)
    // Apart from `expect`, which would list every difference.
    let hasSameBits =
      parameters == expected && onThree.copyMoments() == onOne.copyMoments()
    #expect(hasSameBits)
  }

  @Test(arguments: StepEngine.allCases, 0..<16)
  func `gives the same bits at every offset from a cache line`(
    engine: StepEngine, offset: Int
  ) throws {
    try check(Float.self)
    try check(Double.self)

    func check<Scalar: OptimizerScalar>(_: Scalar.Type) throws {
      var expected: [Scalar] = sample(count, 1)
      let gradients: [Scalar] = sample(count, 2)
      var optimizer: AdEMAMix<Scalar> = try makeOptimizer(engine)
      var moved = try optimizer.copy()
      // Parameters and gradients at different offsets.
      let parametersPlace = offset..<(offset + count)
      let gap = count + 16 + 3 * offset
      let place = TensorPlace(
        parameters: parametersPlace, gradients: gap..<(gap + count))
      var memory = [Scalar](repeating: 7, count: 3 * count)
      memory.replaceSubrange(place.parameters, with: expected)
      memory.replaceSubrange(place.gradients, with: gradients)
      var expectedMemory = memory
      for _ in 0..<3 {
        try optimizer.step(&expected, gradients: gradients)
        try moved.step(in: &memory, flat: place)
      }
      expectedMemory.replaceSubrange(place.parameters, with: expected)
      #expect(memory == expectedMemory)
      #expect(moved.copyMoments() == optimizer.copyMoments())
    }
  }

  @Test(arguments: StepEngine.allCases, CallShape.allCases)
  func `takes no element, or one`(engine: StepEngine, shape: CallShape) throws {
    for size in 0...1 {
      let hyperparameters = Hyperparameters(learningRate: 0.5, alpha: 0)
      var optimizer = try AdEMAMix<Float>(
        [ParameterGroup("w", sizes: [size], hyperparameters)], engine: engine)
      var parameters = [Float](repeating: 1, count: size)
      try optimizer.step(
        shape, &parameters, gradients: [Float](repeating: 4, count: size))
      #expect(parameters.allSatisfy { abs($0 - 0.5) < 1e-6 })
      #expect(optimizer.stepCount == 1)
    }
  }

  @Test func `takes very many arrays`() throws {
    let sizes = [Int](repeating: 3, count: 20_000)
    var optimizer = try AdEMAMix<Float>([
      ParameterGroup("w", sizes: sizes, Hyperparameters(learningRate: 0.5))
    ])
    var parameters = sizes.map { [Float](repeating: 1, count: $0) }
    let before = parameters
    try optimizer.step(&parameters, gradients: parameters)
    let areAllChanged = zip(parameters, before).allSatisfy { $0 != $1 }
    #expect(areAllChanged)
  }

  @Test func `takes buffers without an address`() throws {
    var optimizer = try AdEMAMix<Float>([])
    var none = unsafe UnsafeMutableBufferPointer<Float>(start: nil, count: 0)
    try unsafe optimizer.step(&none, gradients: none)
    #expect(optimizer.stepCount == 1)
  }

  @Test func `does not reach a copy of the parameters`() throws {
    var optimizer: AdEMAMix<Float> = try makeOptimizer()
    let original: [Float] = sample(count, 1)
    var parameters = original
    try optimizer.step(&parameters, gradients: original)
    #expect(original == sample(count, 1))
    #expect(parameters != original)
    parameters = original
    try optimizer.step(parameters.mutableSpan, gradients: original.span)
    #expect(original == sample(count, 1))

    let tensors = optimizer.layout.tensors.map { Array(original[$0.range]) }
    var separate = tensors
    try optimizer.step(&separate, gradients: tensors)
    #expect(Array(tensors.joined()) == sample(count, 1))
    #expect(separate != tensors)
  }

  @Test func `takes one gradient for two tensors`() throws {
    let group = ParameterGroup(
      "w", sizes: [2, 2], Hyperparameters(learningRate: 0.1))
    var onArray = try AdEMAMix<Float>([group])
    var optimizer = try onArray.copy()
    var expected: [Float] = [1, 2, 3, 4]
    try onArray.step(&expected, gradients: [5, 6, 5, 6])
    var memory: [Float] = [1, 2, 3, 4, 5, 6]
    try optimizer.step(
      in: &memory,
      [
        TensorPlace(parameters: 0..<2, gradients: 4..<6),
        TensorPlace(parameters: 2..<4, gradients: 4..<6),
      ])
    #expect(memory == expected + [5, 6])
  }
}

@Suite struct `A frozen group` {
  @Test(arguments: StepEngine.allCases, CallShape.allCases)
  func `stays as it is, whatever its gradients`(
    engine: StepEngine, shape: CallShape
  ) throws {
    let hyperparameters = Hyperparameters(learningRate: 0.5, weightDecay: 0.1)
    var optimizer = try AdEMAMix<Float>(
      [
        ParameterGroup("a", sizes: [2], hyperparameters),
        ParameterGroup("ice", sizes: [3], hyperparameters, isFrozen: true),
        ParameterGroup("b", sizes: [2], hyperparameters),
      ], engine: engine)
    var parameters: [Float] = [1, 2, 3, 4, 5, 6, 7]
    let gradients: [Float] = [1, 1, .nan, .infinity, .nan, 1, 1]
    for _ in 0..<2 {
      try optimizer.step(shape, &parameters, gradients: gradients)
    }
    #expect(parameters[2..<5] == [3, 4, 5])
    #expect(parameters[0] < 1 && parameters[1] < 2)
    #expect(parameters[5] < 6 && parameters[6] < 7)
    #expect(
      optimizer.copyMoments()[1]
        == GroupMoments(stepCount: 0, fast: [], slow: [], second: []))
    #expect(optimizer.copyMoments()[2].slow.count == 2)
  }

  @Test func `needs no gradients among separate tensors`() throws {
    let hyperparameters = Hyperparameters(learningRate: 0.5)
    var optimizer = try AdEMAMix<Float>([
      ParameterGroup("ice", sizes: [3], hyperparameters, isFrozen: true),
      ParameterGroup("w", sizes: [1], hyperparameters),
    ])
    var parameters: [[Float]] = [[1, 2, 3], [4]]
    try optimizer.step(&parameters, gradients: [[], [1]] as [[Float]])
    #expect(parameters[0] == [1, 2, 3])
    #expect(parameters[1][0] < 4)
    #expect(
      throws: AdEMAMixError.tensorGradientCount(
        2, expected: 3, tensor: "ice.0")
    ) {
      try optimizer.step(&parameters, gradients: [[1, 2], [1]] as [[Float]])
    }
    #expect(
      throws: AdEMAMixError.tensorGradientCount(0, expected: 1, tensor: "w.0")
    ) { try optimizer.step(&parameters, gradients: [[], []] as [[Float]]) }
  }
}

/// Tensors shorter and longer than a tile, and an empty one.
private let sizes = [5, 400, 0, 3]
private let count = 408

private func makeOptimizer<Scalar: OptimizerScalar>(
  _ engine: StepEngine = .blas
) throws -> AdEMAMix<Scalar> {
  let hyperparameters = Hyperparameters(learningRate: 0.1, weightDecay: 0.1)
  return try AdEMAMix(
    [
      ParameterGroup("a", sizes: Array(sizes[..<2]), hyperparameters),
      ParameterGroup(
        "b", sizes: Array(sizes[2...]), hyperparameters.with(\.beta1, 0)),
    ], engine: engine)
}
