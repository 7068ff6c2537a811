//===--- LargeGradientTests.swift - finite gradients of any size ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

/// How moments are computed and stored.
private struct Way: Sendable, CustomTestStringConvertible {
  var engine: StepEngine
  var storage = MomentStorage.full

  static let all = [
    Way(engine: .blas), Way(engine: .reference), Way(engine: .fused),
    Way(engine: .fused, storage: .compact),
    Way(engine: .fused, storage: .minimal),
    Way(
      engine: .fused,
      storage: MomentStorage(
        fast: .blockInt16, slow: .bfloat16, second: .blockInt16)),
  ]

  var testDescription: String { "\(engine), \(storage)" }
}

private let sizes: [Float] = [1e18, 1e19, 1e20, 2e37, 3.4e38]

private let policies: [NonFinitePolicy] = [
  .propagate, .throw, .skipStep(limit: 0), .zeroElements,
]

@Suite struct `A large finite gradient` {
  /// Of two blocks and the beginning of a third.
  private static let count = 556
  private static let large = [5, 300, 555]

  private func optimizer<Scalar: OptimizerScalar>(
    _ way: Way, beta1: Double = 0.9, of _: Scalar.Type = Float.self
  ) throws -> AdEMAMix<Scalar> {
    try AdEMAMix<Scalar>(
      [
        ParameterGroup(
          "w", sizes: [Self.count],
          Hyperparameters(
            learningRate: 0.01, beta1: beta1, beta3: 0.99, weightDecay: 0.01),
          storage: way.storage)
      ], engine: way.engine)
  }

  /// Gradients of usual size but for some elements at one step.
  private func gradients<Scalar: OptimizerScalar>(
    _ step: Int, _ size: Scalar?
  ) -> [Scalar] {
    var gradients: [Scalar] = sample(Self.count, step)
    if step == 3, let size {
      for (sign, index) in zip([1, -1, 1] as [Scalar], Self.large) {
        gradients[index] = sign * size
      }
    }
    return gradients
  }

  @Test(arguments: Way.all, sizes)
  private func `leaves all finite, its parameter moving, and no other changed`(
    way: Way, size: Float
  ) throws {
    for (policy, beta1) in zip(policies + [.propagate], [0.9, 0.9, 0, 0.9, 0]) {
      var optimizer = try optimizer(way, beta1: beta1)
      optimizer.options.nonFiniteGradients = policy
      var usual = try optimizer.copy()
      var parameters: [Float] = sample(Self.count, 9)
      var expected = parameters
      for step in 0..<54 {
        let before = parameters
        let report = try optimizer.step(
          &parameters, gradients: gradients(step, size))
        try usual.step(&expected, gradients: gradients(step, nil))
        #expect(report.outcome == .completed)
        #expect(report.zeroedElementCount == 0)
        let isMoving = Self.large.allSatisfy { parameters[$0] != before[$0] }
        #expect(isMoving, "step \(step), \(policy)")
        // As far as the equations let a gradient of any size move it.
        let isNear = zip(parameters, before).allSatisfy {
          abs($0.0 - $0.1) < 0.5
        }
        #expect(isNear, "step \(step), \(policy)")
      }
      let moments = optimizer.copyMoments()[0]
      let areFinite =
        (parameters + moments.fast + moments.slow + moments.second).allSatisfy {
          $0.isFinite
        }
      #expect(areFinite, "\(policy)")
      guard way.storage.isFull else { continue }
      for index in Self.large { parameters[index] = expected[index] }
      #expect(parameters == expected, "\(policy)")
    }
  }

  @Test(arguments: StepEngine.allCases, sizes)
  func `is taken in as 2^58, or in Double as 2^240, of its sign`(
    engine: StepEngine, size: Float
  ) throws {
    try expectEquations(engine, size, limit: 0x1p58, tolerance: 1e-5)
    let double = Double(size) / Double(Float.greatestFiniteMagnitude)
    try expectEquations(
      engine, double * .greatestFiniteMagnitude, limit: 0x1p240,
      tolerance: 1e-12)
  }

  private func expectEquations<Scalar: OptimizerScalar>(
    _ engine: StepEngine, _ size: Scalar, limit: Double, tolerance: Double
  ) throws {
    for beta1 in [0.9, 0] {
      var optimizer = try optimizer(
        Way(engine: engine), beta1: beta1, of: Scalar.self)
      var plain = PlainOptimizer(
        optimizer.layout, [Double](repeating: 1, count: Self.count))
      plain.gradientLimit = limit
      var parameters = [Scalar](repeating: 1, count: Self.count)
      for step in 0..<54 {
        let gradients: [Scalar] = gradients(step, size)
        let report = try optimizer.step(
          &parameters, gradients: gradients, diagnostics: true)
        try plain.step(gradients.map { Double($0) })
        let measured = try #require(report.diagnostics).total
        let isFinite = [
          measured.gradientRMS, measured.fastRMS, measured.slowRMS,
          measured.secondRMS, measured.updateRMS,
        ].allSatisfy { $0.isFinite }
        #expect(isFinite, "step \(step)")
      }
      expectClose(
        parameters.map { Double($0) }, plain.parameters, tolerance: tolerance)
      let moments = optimizer.copyMoments()[0]
      for index in Self.large {
        expectClose(
          [Double(moments.slow[index]), Double(moments.second[index])],
          [plain.slow[index], plain.second[index]], tolerance: 100 * tolerance)
      }
    }
  }

  @Test(arguments: [MomentStorage.full, .compact, .minimal], [0.9, 0])
  func `is survived in bfloat16`(storage: MomentStorage, beta1: Double) throws {
    var optimizer = try optimizer(
      Way(engine: .fused, storage: storage), beta1: beta1)
    var wide = try optimizer.copy()
    let largest = Float(BFloat16(bitPattern: 0x7f7f))
    var parameters = [Float](repeating: 1, count: Self.count)
    var expected = parameters
    var narrow = parameters.map { BFloat16($0) }
    for step in 0..<54 {
      let gradients = gradients(step, largest).map { BFloat16($0) }
      let before = parameters
      try optimizer.step(
        &parameters, gradients: gradients, bfloat16Copy: &narrow)
      try wide.step(&expected, gradients: gradients.map { Float($0) })
      #expect(Self.large.allSatisfy { parameters[$0] != before[$0] })
    }
    #expect(parameters == expected)
    #expect(parameters.allSatisfy { $0.isFinite })
  }

  @Test(arguments: Way.all, [StepOptions.cautious, .limited, .accumulating])
  private func `is survived with options, and by an update alone`(
    way: Way, options: StepOptions
  ) throws {
    for beta1 in [0.9, 0] {
      var optimizer = try optimizer(way, beta1: beta1)
      optimizer.options = options
      var parameters = [Float](repeating: 1, count: Self.count)
      for step in 0..<54 {
        var update = parameters
        var clone = try optimizer.copy()
        let gradients = gradients(step, 3.4e38 as Float)
        try clone.writeUpdate(into: &update, gradients: gradients)
        #expect(update.allSatisfy { abs($0) < 1e4 })
        try optimizer.step(&parameters, gradients: gradients)
      }
      #expect(parameters.allSatisfy { $0.isFinite })
    }
  }

  @Test(arguments: StepEngine.allCases, [4, 20])
  func `is survived where a sum of them overflows`(
    engine: StepEngine, batchCount: Int
  ) throws {
    try expectFiniteSums(engine, batchCount, Float.self)
    try expectFiniteSums(engine, batchCount, Double.self)
  }

  private func expectFiniteSums<Scalar: OptimizerScalar>(
    _ engine: StepEngine, _ batchCount: Int, _: Scalar.Type
  ) throws {
    let number = HyperparameterSchedule.constant(Double(batchCount))
    for accumulation in [
      GradientAccumulation.mean(over: number), .sum(over: number),
    ] {
      for scale in [1, 0x1p-30, 0x1p30, 0x1p100] {
        var optimizer = try optimizer(Way(engine: engine), of: Scalar.self)
        optimizer.options.accumulation = accumulation
        let largest = Scalar.greatestFiniteMagnitude
        var parameters = [Scalar](repeating: 1, count: Self.count)
        var gradients = [Scalar](repeating: 1, count: Self.count)
        (gradients[0], gradients[300]) = (largest, -largest)
        for _ in 0..<3 * batchCount {
          try optimizer.step(
            &parameters, gradients: gradients, gradientScale: scale)
        }
        let moments = optimizer.copyMoments()[0]
        #expect(parameters.allSatisfy { $0.isFinite })
        #expect(moments.second.allSatisfy { $0.isFinite && $0 > 0 })
        #expect(parameters[0] < 1 && parameters[300] > 1)
        // Beside which epsilon is nothing, as it is beside the others.
        if scale >= 1 { #expect(abs(parameters[0] - parameters[1]) < 1e-5) }
      }
    }
  }

  @Test(arguments: StepEngine.allCases, [1e20, 1e24, 3.4e38] as [Float])
  func `is bounded after it is clipped by a norm`(
    engine: StepEngine, size: Float
  ) throws {
    for clipping in [
      GradientClipping.globalNorm(1e15), .blockRMS(1e15),
    ] {
      var optimizer = try AdEMAMix<Float>(
        [ParameterGroup("w", sizes: [1], Hyperparameters(learningRate: 0.1))],
        engine: engine)
      optimizer.options.clipping = clipping
      var parameters: [Float] = [1]
      let report = try optimizer.step(&parameters, gradients: [size])
      #expect(report.gradientNorm == Double(size))
      #expect(abs(optimizer.copyMoments()[0].fast[0] / 1e14 - 1) < 1e-5)
    }
  }
}

extension StepOptions {
  fileprivate static var cautious: StepOptions {
    var options = StepOptions()
    options.isCautious = true
    return options
  }

  fileprivate static var limited: StepOptions {
    var options = StepOptions()
    options.updateClipping = 1
    return options
  }

  fileprivate static var accumulating: StepOptions {
    var options = StepOptions()
    options.accumulation = .mean(over: 3)
    return options
  }
}
