//===--- ClearedGradientTests.swift - gradients that become 0 -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Testing

@Suite struct `Cleared gradients` {
  /// Two moving tensors of more than a stretch of tiles, and a frozen one.
  private static let sizes = [9_001, 300, 17]

  private static func optimizer(
    _ engine: StepEngine, _ storage: MomentStorage = .full, beta1: Double = 0.9,
    threads: Int = 2
  ) throws -> AdEMAMix<Float> {
    let hyperparameters = Hyperparameters(learningRate: 1e-3)
      .with(\.beta1, beta1)
    var frozen = ParameterGroup("frozen", sizes: [sizes[2]], hyperparameters)
    frozen.isFrozen = true
    var optimizer = try AdEMAMix<Float>(
      [
        ParameterGroup(
          "moving", sizes: Array(sizes[..<2]), hyperparameters,
          storage: storage), frozen,
      ], engine: engine)
    optimizer.threadCount = threads
    optimizer.threadSplit.byteCountWorthAThread = 1
    return optimizer
  }

  private static func numbers(_ seed: Float) -> [[Float]] {
    sizes.map { count in
      (0..<count).map { Float($0 * 37 % 101) / 50 - seed }
    }
  }

  private static let options: [StepOptions] = {
    var cautious = StepOptions()
    cautious.isCautious = true
    var limited = cautious
    limited.updateClipping = 0.5
    var clipped = StepOptions()
    clipped.clipping = .globalNorm(1)
    clipped.nonFiniteGradients = .zeroElements
    var value = StepOptions()
    value.clipping = .value(0.5)
    return [StepOptions(), cautious, limited, clipped, value]
  }()

  @Test(arguments: StepEngine.allCases, [false, true])
  func `a step that clears gradients is the step that does not`(
    engine: StepEngine, diagnostics: Bool
  ) throws {
    for options in Self.options {
      for beta1 in [0.9, 0] {
        var plain = try Self.optimizer(engine, beta1: beta1)
        var clearing = try Self.optimizer(engine, beta1: beta1)
        plain.options = options
        clearing.options = options
        var expected = Self.numbers(1)
        var parameters = expected
        for step in 0..<3 {
          var gradients = Self.numbers(0.1 * Float(step))
          try plain.step(
            &expected, gradients: gradients, diagnostics: diagnostics)
          try clearing.step(
            &parameters, clearing: &gradients, diagnostics: diagnostics)
          #expect(
            gradients == Self.sizes.map { Array(repeating: 0, count: $0) })
        }
        #expect(parameters == expected)
      }
    }
  }

  @Test(arguments: [MomentStorage.full, .compact, .minimal])
  func `moments in few bits and gradients in bfloat16 are cleared alike`(
    storage: MomentStorage
  ) throws {
    for options in Self.options {
      var plain = try Self.optimizer(.fused, storage)
      var clearing = try Self.optimizer(.fused, storage)
      plain.options = options
      clearing.options = options
      let count = Self.sizes.reduce(0, +)
      var expected = Array(Self.numbers(1).joined())
      var parameters = expected
      var copy = Array(repeating: BFloat16(0), count: count)
      for step in 0..<3 {
        var gradients = Self.numbers(0.1 * Float(step)).joined()
          .map { BFloat16($0) }
        try plain.step(
          &expected, gradients: gradients, bfloat16Copy: &copy)
        try unsafe gradients.withUnsafeMutableBufferPointer { gradients in
          _ = try unsafe clearing.step(
            &parameters, clearing: &gradients, bfloat16Copy: &copy)
        }
        #expect(gradients.allSatisfy { Float($0) == 0 })
      }
      #expect(parameters == expected)
    }
  }

  @Test
  func `the gradient of each micro-batch is cleared`() throws {
    var plain = try Self.optimizer(.fused)
    var clearing = try Self.optimizer(.fused)
    plain.options.accumulation = .mean(over: 3)
    clearing.options.accumulation = .mean(over: 3)
    var expected = Self.numbers(1)
    var parameters = expected
    for step in 0..<6 {
      var gradients = Self.numbers(0.1 * Float(step))
      try plain.step(&expected, gradients: gradients)
      try clearing.step(&parameters, clearing: &gradients)
      #expect(gradients.joined().allSatisfy { $0 == 0 })
    }
    #expect(parameters == expected)
  }

  @Test
  func `a skipped step clears gradients, and one that throws does not`() throws
  {
    var optimizer = try Self.optimizer(.fused)
    optimizer.options.nonFiniteGradients = .skipStep(limit: 1)
    var parameters = Self.numbers(1)
    var gradients = Self.numbers(0)
    gradients[1][7] = .infinity
    let before = gradients
    let report = try optimizer.step(&parameters, clearing: &gradients)
    #expect(report.outcome == .skipped)
    #expect(gradients.joined().allSatisfy { $0 == 0 })
    #expect(parameters == Self.numbers(1))

    gradients = before
    #expect(throws: AdEMAMixError.tooManySkippedSteps(limit: 1)) {
      try optimizer.step(&parameters, clearing: &gradients)
    }
    #expect(gradients == before)
  }

  @Test
  func `gradients that are cleared share memory with nothing`() throws {
    var optimizer = try AdEMAMix<Float>(
      [
        ParameterGroup(
          "all", sizes: [4, 4], Hyperparameters(learningRate: 1e-3))
      ], engine: .fused)
    var parameters: [Float] = Array(repeating: 1, count: 8)
    var gradients: [Float] = [1, 2, 3, 4]
    try unsafe parameters.withUnsafeMutableBufferPointer { parameters in
      try unsafe gradients.withUnsafeMutableBufferPointer { gradients in
        var halves = unsafe [0..<4, 4..<8].map {
          unsafe UnsafeMutableBufferPointer(rebasing: parameters[$0])
        }
        var shared = unsafe [gradients, gradients]
        try unsafe optimizer.step(&halves, gradients: shared)
        #expect(throws: AdEMAMixError.overlappingTensors("all.0", "all.1")) {
          try unsafe optimizer.step(&halves, clearing: &shared)
        }
        var readOnly = unsafe shared.map { UnsafeBufferPointer($0) }
        #expect(throws: AdEMAMixError.readOnlyMemory(tensor: "all.0")) {
          try unsafe optimizer.step(&halves, clearing: &readOnly)
        }
      }
    }
    #expect(gradients == [1, 2, 3, 4])
  }
}
