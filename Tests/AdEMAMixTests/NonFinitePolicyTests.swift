//===--- NonFinitePolicyTests.swift - what NaN and infinity may do --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

@Suite struct `A gradient with NaN or infinite elements` {
  @Test(arguments: [Float.nan, .infinity, -.infinity], CallShape.allCases)
  func `is refused by name under throw, and changes nothing`(
    value: Float, shape: CallShape
  ) throws {
    var optimizer = try optimizer()
    optimizer.options.nonFiniteGradients = .throw
    var parameters = [Float](repeating: 1, count: 1010)
    var gradients = parameters
    try optimizer.step(shape, &parameters, gradients: gradients)
    let untouched = parameters
    let moments = optimizer.copyMoments()
    gradients[1003] = value
    gradients[1008] = .nan
    let thrown = #expect(throws: AdEMAMixError.self) {
      try optimizer.step(shape, &parameters, gradients: gradients)
    }
    let expected = AdEMAMixError.nonFiniteGradient(
      value: Double(value), index: 3, tensor: "b.0")
    // By description, since NaN equals nothing.
    #expect(thrown?.description == expected.description)
    #expect(parameters == untouched)
    #expect(optimizer.copyMoments() == moments)
    #expect(optimizer.stepCount == 1)
  }

  @Test func `is named by its index in a tensor that a shard cuts`() throws {
    let layout = try optimizer().layout
    var shard = try AdEMAMix<Float>(layout, shard: 1002..<1010)
    shard.options.nonFiniteGradients = .throw
    var parameters = [Float](repeating: 1, count: 8)
    var gradients = parameters
    gradients[3] = .infinity
    #expect(
      throws: AdEMAMixError.nonFiniteGradient(
        value: .infinity, index: 5, tensor: "b.0")
    ) { try shard.step(&parameters, gradients: gradients) }
  }

  @Test func `is skipped up to a limit in a row, then refused`() throws {
    var optimizer = try optimizer()
    optimizer.options.nonFiniteGradients = .skipStep(limit: 2)
    var parameters = [Float](repeating: 1, count: 1010)
    let good = parameters
    var bad = good
    bad[7] = .nan
    for round in 1...2 {
      try optimizer.step(&parameters, gradients: good)
      let untouched = parameters
      let moments = optimizer.copyMoments()
      for _ in 1...2 {
        let report = try optimizer.step(&parameters, gradients: bad)
        #expect(report.outcome == .skipped)
        #expect(report.gradientNorm?.isNaN == true)
      }
      #expect(throws: AdEMAMixError.tooManySkippedSteps(limit: 2)) {
        try optimizer.step(&parameters, gradients: bad)
      }
      #expect(parameters == untouched)
      #expect(optimizer.copyMoments() == moments)
      #expect(optimizer.stepCount == round)
      #expect(optimizer.skippedStepCount == 2 * round)
    }
  }

  @Test func `has its elements zeroed and counted`() throws {
    var optimizer = try optimizer()
    var expected = try optimizer.copy()
    optimizer.options.nonFiniteGradients = .zeroElements
    optimizer.options.clipping = .globalNorm(1)
    expected.options.clipping = .globalNorm(1)
    var parameters = [Float](repeating: 1, count: 1010)
    var expectedParameters = parameters
    var gradients = parameters
    gradients[0] = .nan
    gradients[500] = .infinity
    gradients[1009] = -.infinity
    let finite = gradients.map { $0.isFinite ? $0 : 0 }
    let report = try optimizer.step(&parameters, gradients: gradients)
    let expectedReport = try expected.step(
      &expectedParameters, gradients: finite)
    #expect(report.zeroedElementCount == 3)
    #expect(optimizer.zeroedElementCount == 3)
    #expect(report.clipFactor == expectedReport.clipFactor)
    #expect(report.gradientNorm == Double(1007).squareRoot())
    for (actual, expected) in zip(parameters, expectedParameters) {
      #expect(abs(actual - expected) < 1e-6)
    }
    try optimizer.step(&parameters, gradients: finite)
    #expect(optimizer.zeroedElementCount == 3)
  }

  /// As optax's `clip_by_global_norm` has it.
  @Test func `clipped by norm and propagated, spoils what IEEE spoils`() throws
  {
    for (value, rest) in [(Float.nan, Float.nan), (.infinity, 0)] {
      var optimizer = try optimizer()
      optimizer.options.clipping = .globalNorm(1)
      var parameters = [Float](repeating: 1, count: 1010)
      var gradients = parameters
      gradients[5] = value
      let report = try optimizer.step(&parameters, gradients: gradients)
      #expect(report.outcome == .completed)
      #expect(report.gradientNorm?.isFinite == false)
      let fast = optimizer.copyMoments()[0].fast
      #expect(fast[5].isNaN)
      #expect(rest.isNaN ? fast[6].isNaN : fast[6] == 0)
    }
  }

  @Test func `is skipped as a micro-batch without a trace`() throws {
    var optimizer = try optimizer()
    optimizer.options.accumulation = .mean(over: 2)
    optimizer.options.nonFiniteGradients = .skipStep(limit: 5)
    var expected = try optimizer.copy()
    var parameters = [Float](repeating: 1, count: 1010)
    var expectedParameters = parameters
    let good = parameters
    var bad = good
    bad[1] = .infinity
    for gradients in [bad, good, bad, good, bad, good] {
      try optimizer.step(&parameters, gradients: gradients)
    }
    for _ in 1...3 {
      try expected.step(&expectedParameters, gradients: good)
    }
    #expect(parameters == expectedParameters)
    #expect(optimizer.stepCount == 1)
    #expect(optimizer.skippedStepCount == 3)
    // One more gradient completes the second step.
    let report = try optimizer.step(&parameters, gradients: good)
    #expect(report.outcome == .completed)
  }

  @Test func `is never skipped by a negative limit`() throws {
    var optimizer = try optimizer()
    optimizer.options.nonFiniteGradients = .skipStep(limit: -1)
    var parameters = [Float](repeating: 1, count: 1010)
    #expect(throws: AdEMAMixError.optionOutOfRange(.skipLimit, value: -1)) {
      try optimizer.step(&parameters, gradients: parameters)
    }
    optimizer.options.nonFiniteGradients = .skipStep(limit: 0)
    var gradients = parameters
    gradients[0] = .nan
    #expect(throws: AdEMAMixError.tooManySkippedSteps(limit: 0)) {
      try optimizer.step(&parameters, gradients: gradients)
    }
  }

  private func optimizer() throws -> AdEMAMix<Float> {
    let hyperparameters = Hyperparameters(learningRate: 0.1)
    return try AdEMAMix([
      ParameterGroup("a", sizes: [600, 400], hyperparameters),
      ParameterGroup("b", sizes: [10], hyperparameters),
    ])
  }
}

@Suite struct `A gradient that overflows once scaled and accumulated` {
  @Test func `is judged as the moments would take it in`() throws {
    var optimizer = try optimizer()
    optimizer.options.nonFiniteGradients = .throw
    var parameters: [Float] = [1, 1]
    let thrown = #expect(throws: AdEMAMixError.self) {
      try optimizer.step(
        &parameters, gradients: [1, 1e30], gradientScale: 1e20)
    }
    #expect(thrown?.code == .nonFiniteGradient)
    #expect(thrown?.index == 1)
    #expect(thrown?.tensor == "w.0")
    optimizer.options.nonFiniteGradients = .zeroElements
    let report = try optimizer.step(
      &parameters, gradients: [1e-20, 1e30], gradientScale: 1e20)
    #expect(report.zeroedElementCount == 1)
    #expect(optimizer.copyMoments()[0].fast[1] == 0)
    #expect(optimizer.copyMoments()[0].fast[0] > 0.09)
  }

  @Test func `is skipped, and the next is not`() throws {
    var optimizer = try optimizer()
    optimizer.options.accumulation = .mean(over: 3)
    optimizer.options.nonFiniteGradients = .skipStep(limit: 1)
    var parameters: [Float] = [1, 1]
    let large: [Float] = [3e38, 1]
    let outcomes = try [large, large, [1, 1], [1, 1]].map {
      try optimizer.step(&parameters, gradients: $0).outcome
    }
    #expect(
      outcomes == [
        .accumulated(count: 1, of: 3), .skipped,
        .accumulated(count: 2, of: 3), .completed,
      ])
    // The mean, some 1e38, counts as the largest number that moments take in.
    let taken = 0x1p58 as Float
    #expect(abs(optimizer.copyMoments()[0].fast[0] / (0.1 * taken) - 1) < 1e-6)
  }

  @Test func `has the element zeroed that does not fit the sum`() throws {
    var optimizer = try optimizer()
    optimizer.options.accumulation = .sum(over: 3)
    optimizer.options.nonFiniteGradients = .zeroElements
    var parameters: [Float] = [1, 1]
    let counts = try [[3e38, 1], [3e38, 2], [3e38, 4]].map {
      try optimizer.step(&parameters, gradients: $0).zeroedElementCount
    }
    #expect(counts == [0, 1, 1])
    let moments = optimizer.copyMoments()[0]
    #expect(moments.fast == [0.1 * 0x1p58, 0.1 * 7])
    // As a mean the last would have fit.
    optimizer.options.accumulation = .mean(over: 2)
    let means = try [[3e38, 1], [3e38, 3]].map {
      try optimizer.step(&parameters, gradients: $0).zeroedElementCount
    }
    #expect(means == [0, 0])
  }

  @Test func `is not blamed for what was propagated before`() throws {
    var optimizer = try optimizer()
    optimizer.options.accumulation = .mean(over: 2)
    var parameters: [Float] = [1, 1]
    try optimizer.step(&parameters, gradients: [.nan, 1])
    optimizer.options.nonFiniteGradients = .skipStep(limit: 0)
    let report = try optimizer.step(&parameters, gradients: [1, 1])
    #expect(report.outcome == .completed)
    #expect(report.gradientNorm?.isNaN == true)
    #expect(parameters[0].isNaN)
    #expect(!parameters[1].isNaN)
    try optimizer.step(&parameters, gradients: [1, 1])
    #expect(optimizer.skippedStepCount == 0)
  }

  private func optimizer() throws -> AdEMAMix<Float> {
    try AdEMAMix([
      ParameterGroup("w", sizes: [2], Hyperparameters(learningRate: 0.1))
    ])
  }
}
