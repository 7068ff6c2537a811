//===--- SlowMomentTests.swift - forgetting, and switching from AdamW -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Testing

@Suite struct `The slow moment, changed by hand` {
  @Test(arguments: StepEngine.allCases, [0, 0.25, 1e-9, 1])
  func `is damped, and goes on`(engine: StepEngine, factor: Double) throws {
    var parameters = [1.0, 2, 3]
    var optimizer = try trained(engine, &parameters)
    let before = optimizer.copyMoments()
    try optimizer.dampSlowMoment(by: factor, inGroup: "a")
    let after = optimizer.copyMoments()
    expectClose(after[0].slow, before[0].slow.map { $0 * factor })
    #expect(after[0].fast == before[0].fast)
    #expect(after[0].stepCounts == before[0].stepCounts)
    #expect(after[1] == before[1])
    try optimizer.step(&parameters, gradients: [1, 2, 3])
    let slow = before[0].slow[0] * factor
    expectClose(
      [optimizer.copyMoments()[0].slow[0]], [0.95 * slow + 0.05 * 1])
  }

  @Test(arguments: StepEngine.allCases)
  func `is reset with its schedules, and NaN goes`(engine: StepEngine) throws {
    var parameters = [1.0, 2, 3]
    var optimizer = try trained(engine, &parameters)
    try optimizer.step(&parameters, gradients: [.nan, 1, 1])
    #expect(optimizer.copyMoments()[0].slow[0].isNaN)
    try optimizer.resetSlowMoment()
    let moments = optimizer.copyMoments()
    #expect(moments[0].slow == [0, 0])
    #expect(moments[1].slow == [0])
    #expect(moments.map(\.stepCounts.slow) == [0, 0])
    #expect(moments.map(\.stepCounts.fast) == [6, 6])
    // Alpha, 0 at its start, is 0 again: the step is AdamW's.
    var adamW = try optimizer.copy()
    try adamW.updateGroups { $0.hyperparameters.alpha = 0 }
    var expected = parameters
    try adamW.step(&expected, gradients: [3, 3, 3])
    try optimizer.step(&parameters, gradients: [3, 3, 3])
    #expect(parameters[1...] == expected[1...])
  }

  @Test(arguments: [-0.1, 1.1, .nan])
  func `is damped by 0 to 1`(factor: Double) throws {
    var parameters = [1.0, 2, 3]
    var optimizer = try trained(.blas, &parameters)
    let moments = optimizer.copyMoments()
    let thrown = #expect(throws: AdEMAMixError.self) {
      try optimizer.dampSlowMoment(by: factor)
    }
    #expect(
      thrown?.description == AdEMAMixError.dampingFactor(factor).description)
    #expect(throws: AdEMAMixError.unknownGroup("c")) {
      try optimizer.dampSlowMoment(by: 0.5, inGroup: "c")
    }
    #expect(throws: AdEMAMixError.unknownGroup("c")) {
      try optimizer.resetSlowMoment(inGroup: "c")
    }
    #expect(optimizer.copyMoments() == moments)
  }

  /// Pagliardini et al., 2024, appendix C.1.3.
  @Test(arguments: StepEngine.allCases, StepClock.allCases)
  func `starts late, after a switch from AdamW`(
    engine: StepEngine, clock: StepClock
  ) throws {
    let adamW = Hyperparameters(
      learningRate: .linear(from: 0.1, to: 0, over: 100), alpha: 0)
    var before = try AdEMAMix<Double>(
      [ParameterGroup("w", sizes: [2], adamW)], clock: clock, engine: engine)
    var parameters = [1.0, -1]
    for step in 0..<10 {
      try before.step(&parameters, gradients: [1 + Double(step), -2])
    }
    let run = before.copyMoments()[0]

    // Alpha is 0 before the second step of the slow moment.
    let late = adamW.with(
      \.alpha, .joined(schedules: [0, 2], boundaries: [2]))
    var after = try AdEMAMix<Double>(
      [ParameterGroup("w", sizes: [2], late)], clock: clock, engine: engine)
    try after.restore(
      stepCount: 10,
      moments: [.adamW(stepCount: 10, first: run.fast, second: run.second)])
    #expect(after.copyMoments()[0].slow == [0, 0])
    var continued = parameters
    // The first step is AdamW's still, of the same learning rate and biases.
    try before.step(&parameters, gradients: [3, 4])
    try after.step(&continued, gradients: [3, 4])
    expectClose(continued, parameters)
    #expect(after.copyMoments()[0].stepCounts.slow == 1)
    #expect(after.copyMoments()[0].stepCounts.second == 11)
    try before.step(&parameters, gradients: [3, 4])
    try after.step(&continued, gradients: [3, 4])
    #expect((abs(continued[0] - parameters[0]) > 1e-9) == (clock == .fromOne))

    // And back: AdamW goes on with the same first and second moments.
    expectClose(after.copyMoments()[0].fast, before.copyMoments()[0].fast)
    expectClose(after.copyMoments()[0].second, before.copyMoments()[0].second)
  }

  private func trained(
    _ engine: StepEngine, _ parameters: inout [Double]
  ) throws -> AdEMAMix<Double> {
    let hyperparameters = Hyperparameters(
      learningRate: 0.1, beta3: 0.95, alpha: .linear(from: 0, to: 1, over: 4))
    var optimizer = try AdEMAMix<Double>(
      [
        ParameterGroup("a", sizes: [2], hyperparameters),
        ParameterGroup("b", sizes: [1], hyperparameters),
      ], engine: engine)
    for step in 0..<5 {
      try optimizer.step(&parameters, gradients: [1, Double(step), -1])
    }
    return optimizer
  }
}
