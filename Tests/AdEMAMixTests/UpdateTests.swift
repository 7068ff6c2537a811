//===--- UpdateTests.swift - the update, alone and bounded ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

@Suite struct `The update alone` {
  @Test(arguments: StepEngine.allCases)
  func `is what a step without decay applies`(engine: StepEngine) throws {
    let stepping = Hyperparameters(learningRate: 0.125, alpha: 6)
    var optimizer = try AdEMAMix<Double>(
      [ParameterGroup("w", sizes: [300, 5], stepping)], engine: engine)
    var writer = try AdEMAMix<Double>(
      [ParameterGroup("w", sizes: [300, 5], .updateAlone())], engine: engine)
    var random = RandomNumbers(seed: 2)
    for _ in 0..<40 {
      let gradients: [Double] = random.numbers(305)
      var parameters = [Double](repeating: 0, count: 305)
      var updates: [Double] = random.numbers(305)
      try optimizer.step(&parameters, gradients: gradients)
      let report = try writer.writeUpdate(into: &updates, gradients: gradients)
      #expect(report.outcome == .completed)
      expectClose(parameters, updates.map { -0.125 * $0 })
    }
    #expect(writer.stepCount == 40)
    #expect(writer.copyMoments() == optimizer.copyMoments())
  }

  @Test func `knows neither learning rate nor decay nor parameters`() throws {
    var plain = try AdEMAMix<Float>([
      ParameterGroup("w", sizes: [2], Hyperparameters(learningRate: 0))
    ])
    var other = try AdEMAMix<Float>([
      ParameterGroup(
        "w", sizes: [2], Hyperparameters(learningRate: 7, weightDecay: 3))
    ])
    var first: [Float] = [5, 6]
    var second: [Float] = [.nan, -100]
    try plain.writeUpdate(into: &first, gradients: [1, -2])
    try other.writeUpdate(into: &second, gradients: [1, -2])
    #expect(first == second)
    #expect(first[0] > 0.9 && first[1] < -0.9)
  }

  @Test func `has every shape of memory`() throws {
    let group = ParameterGroup("w", sizes: [400, 3], .updateAlone())
    var optimizer = try AdEMAMix<Float>([group])
    var random = RandomNumbers(seed: 2)
    let gradients: [Float] = random.numbers(403)
    var array = gradients
    var clone = try optimizer.copy()
    try clone.writeUpdate(into: &array, gradients: gradients)

    var span = gradients
    clone = try optimizer.copy()
    try clone.writeUpdate(
      into: span.mutableSpan, gradients: gradients.span)
    #expect(span == array)

    var arrays = [Array(gradients[..<400]), Array(gradients[400...])]
    clone = try optimizer.copy()
    try clone.writeUpdate(into: &arrays, gradients: arrays)
    #expect(Array(arrays.joined()) == array)

    var first = gradients
    try unsafe first.withUnsafeMutableBufferPointer { updates in
      try unsafe gradients.withUnsafeBufferPointer { gradients in
        let ranges = [0..<400, 400..<403]
        var tensors = unsafe ranges.map {
          unsafe UnsafeMutableBufferPointer(rebasing: updates[$0])
        }
        _ = try unsafe optimizer.writeUpdate(
          into: &tensors,
          gradients: ranges.map {
            unsafe UnsafeBufferPointer(rebasing: gradients[$0])
          })
      }
    }
    #expect(first == array)
  }

  @Test func `is 0 where nothing moves`() throws {
    var optimizer = try AdEMAMix<Double>([
      ParameterGroup("frozen", sizes: [2], .updateAlone(), isFrozen: true),
      ParameterGroup("w", sizes: [2], .updateAlone()),
    ])
    optimizer.options.accumulation = .mean(over: 2)
    optimizer.options.nonFiniteGradients = .skipStep(limit: 3)
    var updates = [9.0, 9, 9, 9]
    try optimizer.writeUpdate(into: &updates, gradients: [1, 1, 1, 1])
    #expect(updates == [0, 0, 0, 0])
    updates = [9, 9, 9, 9]
    try optimizer.writeUpdate(into: &updates, gradients: [1, 1, .nan, 1])
    #expect(updates == [0, 0, 0, 0])
    updates = [9, 9, 9, 9]
    try optimizer.writeUpdate(into: &updates, gradients: [1, 1, 1, 1])
    #expect(updates[..<2] == [0, 0])
    #expect(updates[2] > 0.9)

    var separate = [[9.0, 9], [9, 9]]
    try optimizer.writeUpdate(into: &separate, gradients: [[], [1, 1]])
    #expect(separate == [[0, 0], [0, 0]])
  }

  @Test func `is left alone where the call is refused`() throws {
    var optimizer = try AdEMAMix<Double>([
      ParameterGroup("w", sizes: [2], .updateAlone())
    ])
    optimizer.options.nonFiniteGradients = .throw
    var updates = [9.0, 9]
    #expect(throws: AdEMAMixError.self) {
      try optimizer.writeUpdate(into: &updates, gradients: [.infinity, 1])
    }
    #expect(throws: AdEMAMixError.gradientCount(1, expected: 2)) {
      try optimizer.writeUpdate(into: &updates, gradients: [1])
    }
    #expect(updates == [9, 9])
    #expect(optimizer.stepCount == 0)
  }
}

@Suite struct `A cautious step` {
  /// Moments of opposite signs to the second gradient's in places 1 and 3.
  @Test(arguments: StepEngine.allCases)
  func `moves elements that agree, further`(engine: StepEngine) throws {
    let hyperparameters = Hyperparameters(
      learningRate: 0.1, beta1: 0.9, alpha: 1, weightDecay: 0.5)
    var plain = try AdEMAMix<Double>(
      [ParameterGroup("w", sizes: [4], hyperparameters)], engine: engine)
    var parameters = [1.0, 1, 1, 1]
    try plain.step(&parameters, gradients: [1, 1, 1, 1])
    var cautious = try plain.copy()
    cautious.options.isCautious = true
    let before = parameters
    var moved = parameters
    let gradients = [0.1, -0.1, 0.1, -0.1]
    try plain.step(&parameters, gradients: gradients)
    try cautious.step(&moved, gradients: gradients)
    let decay = before.map { 0.1 * 0.5 * $0 }
    for index in 0..<4 {
      let update = before[index] - parameters[index] - decay[index]
      let expected = index % 2 == 0 ? 2 * update : 0
      #expect(
        abs(before[index] - moved[index] - decay[index] - expected) < 1e-15)
    }
    #expect(cautious.copyMoments() == plain.copyMoments())
  }

  @Test func `of one agreeing element among many is bounded`() throws {
    var optimizer = try AdEMAMix<Double>([
      ParameterGroup("w", sizes: [5000], Hyperparameters(learningRate: 0.1))
    ])
    var parameters = [Double](repeating: 0, count: 5000)
    var gradients = [Double](repeating: 1, count: 5000)
    try optimizer.step(&parameters, gradients: gradients)
    var plain = try optimizer.copy()
    optimizer.options.isCautious = true
    gradients = gradients.map { _ in -0.001 }
    gradients[17] = 0.001
    var (before, expected) = (parameters[17], parameters)
    try optimizer.step(&parameters, gradients: gradients)
    try plain.step(&expected, gradients: gradients)
    before -= parameters[17]
    #expect(abs(before / (1000 * (-0.1 - expected[17])) - 1) < 0.01)
    #expect(parameters[16] == parameters[18])
  }

  /// As where a batch meets a few rows of an embedding.
  @Test(arguments: StepEngine.allCases)
  func `counts only elements that have a gradient`(engine: StepEngine) throws {
    var plain = try AdEMAMix<Float>(
      [ParameterGroup("w", sizes: [3000], Hyperparameters(learningRate: 0.1))],
      engine: engine)
    var parameters = [Float](repeating: 1, count: 3000)
    var gradients = [Float](repeating: 0, count: 3000)
    for index in [17, 256, 1000, 2999] { gradients[index] = 1 }
    try plain.step(&parameters, gradients: gradients)
    var cautious = try plain.copy()
    cautious.options.isCautious = true
    var moved = parameters
    gradients[17] = 0
    gradients[18] = -0.0
    gradients[1000] = -0.01
    let before = parameters
    try plain.step(&parameters, gradients: gradients)
    try cautious.step(&moved, gradients: gradients)
    for index in [256, 2999] {
      // 2 of 3 agree.
      let update = 1.5 * (before[index] - parameters[index])
      #expect(abs(before[index] - moved[index] - update) < 1e-6)
    }
    #expect(moved[17] == before[17] && moved[1000] == before[1000])

    // One in 3000 that agrees moves as it would alone.
    gradients = gradients.map { _ in 0 }
    gradients[2999] = 1
    var expected = moved
    plain = try cautious.copy()
    plain.options.isCautious = false
    try plain.step(&expected, gradients: gradients)
    try cautious.step(&moved, gradients: gradients)
    #expect(moved[2999] == expected[2999])
  }

  @Test(arguments: StepEngine.allCases)
  func `counts elements that any micro-batch gave a gradient`(
    engine: StepEngine
  ) throws {
    var whole = try AdEMAMix<Float>(
      [ParameterGroup("w", sizes: [1000], Hyperparameters(learningRate: 0.1))],
      engine: engine)
    whole.options.isCautious = true
    var parameters = [Float](repeating: 1, count: 1000)
    var first = [Float](repeating: 0, count: 1000)
    var second = first
    (first[1], second[2]) = (1, 1)
    try whole.step(
      &parameters, gradients: zip(first, second).map { $0.0 + $0.1 })
    var parts = try whole.copy()
    parts.options.accumulation = .sum(over: 2)
    var expected = parameters
    second[2] = -0.01
    try whole.step(
      &expected, gradients: zip(first, second).map { $0.0 + $0.1 })
    try parts.step(&parameters, gradients: first)
    try parts.step(&parameters, gradients: second)
    #expect(parameters == expected)
    #expect(parameters[1] < 0.9)
  }

  @Test(arguments: StepEngine.allCases)
  func `without any gradient moves nothing`(engine: StepEngine) throws {
    var optimizer = try AdEMAMix<Float>(
      [ParameterGroup("w", sizes: [300], Hyperparameters(learningRate: 0.1))],
      engine: engine)
    optimizer.options.isCautious = true
    var parameters = [Float](repeating: 1, count: 300)
    let zeros = [Float](repeating: 0, count: 300)
    try optimizer.step(&parameters, gradients: zeros)
    try optimizer.step(&parameters, gradients: zeros.map { $0 + 1 })
    let before = parameters
    try optimizer.step(&parameters, gradients: zeros)
    #expect(parameters == before)
    #expect(parameters.allSatisfy { $0.isFinite && $0 < 1 })
  }
}

@Suite struct `A step with clipped updates` {
  @Test(arguments: StepEngine.allCases)
  func `divides the learning rate by the excess`(engine: StepEngine) throws {
    let hyperparameters = Hyperparameters(
      learningRate: 0.1, beta2: 0.5, weightDecay: 0.5)
    var optimizer = try AdEMAMix<Double>(
      [ParameterGroup("w", sizes: [1, 1], hyperparameters)], engine: engine)
    var parameters = [1.0, 1]
    try optimizer.step(&parameters, gradients: [1, 1])
    var plain = try optimizer.copy()
    optimizer.options.updateClipping = 1
    var expected = parameters
    let before = parameters
    // The second moment, corrected, is (0.5² + 0.5·10²)/0.75 = 67, below 10².
    try optimizer.step(&parameters, gradients: [10, 1])
    try plain.step(&expected, gradients: [10, 1])
    let rms = (100 / ((0.25 + 50) / 0.75)).squareRoot()
    #expect(
      abs((before[0] - parameters[0]) * rms / (before[0] - expected[0]) - 1)
        < 1e-14)
    #expect(parameters[1] == expected[1])
  }

  @Test(arguments: StepEngine.allCases)
  func `leaves out elements that are not finite`(engine: StepEngine) throws {
    let hyperparameters = Hyperparameters(learningRate: 0.1, beta2: 0.5)
    var optimizer = try AdEMAMix<Double>(
      [ParameterGroup("w", sizes: [4], hyperparameters)], engine: engine)
    var parameters = [1.0, 1, 1, 1]
    try optimizer.step(&parameters, gradients: [1, 1, 1, 1])
    var plain = try optimizer.copy()
    optimizer.options.updateClipping = 0.5
    var expected = parameters
    let before = parameters
    try optimizer.step(&parameters, gradients: [10, 10, .nan, 10])
    try plain.step(&expected, gradients: [10, 10, .nan, 10])
    let rms = (0.75 * 100 / ((0.25 + 50) / 0.75)).squareRoot()
    #expect(
      abs((before[0] - parameters[0]) * 2 * rms / (before[0] - expected[0]) - 1)
        < 1e-14)
  }
}
