//===--- PartialAccumulationTests.swift - fewer gradients than asked for --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

@Suite struct `Too few accumulated gradients` {
  @Test(arguments: StepEngine.allCases, CallShape.allCases)
  func `make the step of the run that knew their number`(
    engine: StepEngine, shape: CallShape
  ) throws {
    try expectSameBits(engine, shape, Double.self)
    try expectSameBits(engine, shape, Float.self)
  }

  private func expectSameBits<Scalar: OptimizerScalar>(
    _ engine: StepEngine, _ shape: CallShape, _: Scalar.Type
  ) throws {
    for options in Self.options {
      var optimizer: AdEMAMix<Scalar> = try optimizer(engine, options)
      var expected = try optimizer.copy()
      var parameters: [Scalar] = sample(Self.count)
      var expectedParameters = parameters
      for call in 0..<7 {
        if call == 4 {
          expected.options.accumulation = options.accumulation?.over(3)
        }
        let gradients = gradients(call, of: Scalar.self)
        let report = try optimizer.step(
          shape, &parameters, gradients: gradients, options)
        let expectedReport = try expected.step(
          shape, &expectedParameters, gradients: gradients, options)
        if call == 3 { #expect(report == expectedReport) }
        if call == 6 {
          #expect(report.outcome == .accumulated(count: 3, of: 4))
          #expect(optimizer.accumulatedGradientCount == 3)
          let completed = try optimizer.completeStep(
            shape, &parameters, options)
          #expect(completed == expectedReport)
          #expect(completed.outcome == .completed)
        }
      }
      #expect(optimizer.stepCount == 2)
      #expect(optimizer.accumulatedGradientCount == 0)
      let areEqual = parameters == expectedParameters
      #expect(areEqual, "\(Scalar.self), \(options)")
      let haveEqualMoments = optimizer.copyMoments() == expected.copyMoments()
      #expect(haveEqualMoments, "\(Scalar.self), \(options)")
      // Nothing of it is left for the next step.
      expected.options = options.options
      for call in 7..<11 {
        let gradients = gradients(call, of: Scalar.self)
        try optimizer.step(shape, &parameters, gradients: gradients, options)
        try expected.step(
          shape, &expectedParameters, gradients: gradients, options)
      }
      let stayEqual = parameters == expectedParameters
      #expect(stayEqual, "\(Scalar.self), \(options)")
    }
  }

  /// A `Float` sum is rounded once more where the step is completed late.
  @Test(arguments: [4, 20])
  func `of Float are off by one rounding at most`(count: Int) throws {
    var options = CallOptions()
    options.accumulation = .mean(over: .constant(Double(count)))
    var optimizer: AdEMAMix<Float> = try optimizer(.fused, options)
    var expected = try optimizer.copy()
    expected.options.accumulation = .mean(over: .constant(Double(count - 1)))
    var parameters: [Float] = sample(Self.count)
    var expectedParameters = parameters
    for call in 0..<(count - 1) {
      let gradients: [Float] = sample(Self.count, call)
      try optimizer.step(&parameters, gradients: gradients)
      try expected.step(&expectedParameters, gradients: gradients)
    }
    try optimizer.completeStep(&parameters)
    let means = zip(optimizer.copyMoments(), expected.copyMoments()).flatMap {
      zip($0.slow.map { Double($0) }, $1.slow.map { Double($0) })
    }
    let largest = means.map { abs($1) }.max() ?? 0
    #expect(means.allSatisfy { abs($0 - $1) <= 0x1p-23 * largest })
  }

  @Test(arguments: [MomentStorage.full, .compact, .minimal])
  func `complete a step in mixed precision`(storage: MomentStorage) throws {
    var options = CallOptions()
    options.accumulation = .mean(over: 4)
    var optimizer: AdEMAMix<Float> = try optimizer(
      .fused, options, storage: storage)
    var expected = try optimizer.copy()
    expected.options.accumulation = .mean(over: 3)
    var parameters: [Float] = sample(Self.count)
    var expectedParameters = parameters
    var copy = parameters.map { BFloat16($0) }
    var expectedCopy = copy
    for call in 0..<3 {
      let gradients = gradients(call, of: Float.self).map { BFloat16($0) }
      try optimizer.step(&parameters, gradients: gradients, bfloat16Copy: &copy)
      try expected.step(
        &expectedParameters, gradients: gradients, bfloat16Copy: &expectedCopy)
    }
    try optimizer.completeStep(&parameters, bfloat16Copy: &copy)
    #expect(optimizer.stepCount == 1 && expected.stepCount == 1)
    let areEqual = parameters == expectedParameters && copy == expectedCopy
    #expect(areEqual)
    let haveEqualMoments = optimizer.copyMoments() == expected.copyMoments()
    #expect(haveEqualMoments)
  }

  @Test func `are dropped as if they had never come`() throws {
    var options = CallOptions()
    options.accumulation = .mean(over: 3)
    options.nonFiniteGradients = .skipStep(limit: 5)
    var optimizer: AdEMAMix<Float> = try optimizer(.blas, options)
    var expected = try optimizer.copy()
    var parameters: [Float] = sample(Self.count)
    var expectedParameters = parameters
    var nan = parameters
    nan[5] = .nan
    for call in 0..<9 {
      if call == 3 || call == 7 {
        for extra in 0..<(call == 3 ? 2 : 1) {
          let stray: [Float] = sample(Self.count, 100 + extra)
          try optimizer.step(&parameters, gradients: stray)
        }
        let skipped = try optimizer.step(&parameters, gradients: nan)
        #expect(skipped.outcome == .skipped)
        optimizer.discardAccumulatedGradients()
        #expect(optimizer.accumulatedGradientCount == 0)
        // In the middle of the third step, which begins anew in both.
        if call == 7 { expected.discardAccumulatedGradients() }
      }
      let gradients: [Float] = sample(Self.count, call)
      let report = try optimizer.step(&parameters, gradients: gradients)
      #expect(
        try expected.step(&expectedParameters, gradients: gradients) == report)
    }
    #expect(optimizer.stepCount == 2 && optimizer.skippedStepCount == 2)
    let areEqual = parameters == expectedParameters
    #expect(areEqual)
    let haveEqualMoments = optimizer.copyMoments() == expected.copyMoments()
    #expect(haveEqualMoments)
  }

  @Test(arguments: CallShape.allCases)
  func `complete no step where there are none`(shape: CallShape) throws {
    for accumulation in [GradientAccumulation.mean(over: 2), nil] {
      var options = CallOptions()
      options.accumulation = accumulation
      var optimizer: AdEMAMix<Double> = try optimizer(.blas, options)
      var parameters: [Double] = sample(Self.count)
      let (before, moments) = (parameters, optimizer.copyMoments())
      #expect(throws: AdEMAMixError.nothingAccumulated) {
        try optimizer.completeStep(shape, &parameters)
      }
      #expect(parameters == before && optimizer.copyMoments() == moments)
      #expect(optimizer.stepCount == 0)
    }
  }

  @Test func `stay where a completion is refused`() throws {
    var options = CallOptions()
    options.accumulation = .mean(over: 4)
    var optimizer: AdEMAMix<Float> = try optimizer(.blas, options)
    var parameters: [Float] = sample(Self.count)
    try optimizer.step(&parameters, gradients: parameters)
    var short = [Float](repeating: 0, count: Self.count - 1)
    #expect(
      throws: AdEMAMixError.parameterCount(
        Self.count - 1, expected: Self.count)
    ) { try optimizer.completeStep(&short) }
    #expect(throws: AdEMAMixError.tensorCount(1, expected: 3)) {
      var one = [short]
      try optimizer.completeStep(&one)
    }
    var copy = parameters.map { BFloat16($0) }
    #expect(throws: AdEMAMixError.storageNeedsFusedEngine(.blas, group: nil)) {
      try optimizer.completeStep(&parameters, bfloat16Copy: &copy)
    }
    optimizer.options.clipping = .value(0)
    #expect(
      throws: AdEMAMixError.optionOutOfRange(.clippingLimit, value: 0)
    ) { try optimizer.completeStep(&parameters) }
    #expect(optimizer.accumulatedGradientCount == 1)
    #expect(optimizer.stepCount == 0)
  }

  // MARK: - What they are made with

  private static let count = 1_203

  /// Options that scale by powers of two or not at all, so that sums are exact.
  private static var options: [CallOptions] {
    var plain = CallOptions()
    plain.accumulation = .mean(over: 4)
    var summed = plain
    summed.accumulation = .sum(over: 4)
    summed.gradientScale = 0.25
    summed.clipping = .value(0.5)
    var all = plain
    all.clipping = .globalNorm(2)
    all.nonFiniteGradients = .skipStep(limit: 1)
    all.isCautious = true
    all.updateClipping = 0.8
    all.measuresDiagnostics = true
    var blocks = plain
    blocks.clipping = .blockRMS(0.3)
    blocks.nonFiniteGradients = .zeroElements
    return [plain, summed, all, blocks]
  }

  /// Multiples of 2⁻⁸ for `Float`, whose sums and copies in bfloat16 are exact.
  private func gradients<Scalar: OptimizerScalar>(
    _ call: Int, of _: Scalar.Type
  ) -> [Scalar] {
    let numbers: [Scalar] = sample(Self.count, call)
    return Scalar.self == Double.self
      ? numbers : numbers.map { ($0 * 128).rounded() / 256 }
  }

  private func optimizer<Scalar: OptimizerScalar>(
    _ engine: StepEngine, _ options: CallOptions, storage: MomentStorage = .full
  ) throws -> AdEMAMix<Scalar> {
    let first = Hyperparameters(
      learningRate: 0.01, beta3: 0.95, weightDecay: 0.1)
    var optimizer = try AdEMAMix<Scalar>(
      [
        ParameterGroup("w", sizes: [700, 3], first, storage: storage),
        ParameterGroup(
          "v", sizes: [500], first.with(\.beta1, 0), storage: storage),
      ], engine: engine, threads: 2)
    optimizer.options = options.options
    optimizer.threadSplit.byteCountWorthAThread = 2048
    return optimizer
  }
}

extension GradientAccumulation {
  fileprivate func over(_ count: HyperparameterSchedule) -> GradientAccumulation
  {
    switch self {
    case .mean: .mean(over: count)
    case .sum: .sum(over: count)
    }
  }
}
