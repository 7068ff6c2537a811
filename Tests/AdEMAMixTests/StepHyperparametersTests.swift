//===--- StepHyperparametersTests.swift - the values of a step, for logs --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

@Suite struct `The hyperparameters of a step` {
  private func makeOptimizer(_ clock: StepClock) throws -> AdEMAMix<Double> {
    let hyperparameters = Hyperparameters(
      learningRate: .linear(from: 1, to: 0, over: 10), beta1: 0.5,
      weightDecay: 0.25
    ).warmingUp(alpha: 8, beta3: 0.99, over: 10)
    var body = ParameterGroup("body", sizes: [3], hyperparameters)
    body.learningRateFactor = 0.5
    return try AdEMAMix(
      [body, ParameterGroup("head", sizes: [2], hyperparameters)], clock: clock)
  }

  @Test(arguments: StepClock.allCases)
  func `are those of schedules at the group's count`(clock: StepClock) throws {
    var optimizer = try makeOptimizer(clock)
    let shift = clock == .fromZero ? 0 : 1
    var parameters = [Double](repeating: 1, count: 5)
    for step in 0..<4 {
      let body = try optimizer.hyperparameters(ofGroup: "body")
      let head = try optimizer.hyperparameters(ofGroup: "head")
      let schedules = optimizer.layout.groups[0].hyperparameters
      #expect(head.learningRate == 1 - Double(step + shift) / 10)
      #expect(body.learningRate == head.learningRate / 2)
      #expect(body.alpha == schedules.alpha.value(at: step + shift))
      #expect(body.beta3 == schedules.beta3.value(at: step + shift))
      #expect(body.beta1 == 0.5 && body.weightDecay == 0.25)
      let report = try optimizer.step(
        &parameters, gradients: [1, 1, 1, 1, 1], diagnostics: true)
      #expect(report.diagnostics?.groups[0].learningRate == body.learningRate)
      #expect(
        try optimizer.hyperparameters(ofGroup: "body", at: step) == body)
    }
    #expect(
      try optimizer.hyperparameters(ofGroup: "head", at: 8).learningRate
        == 1 - Double(8 + shift) / 10)
  }

  @Test func `of a slow moment that was reset go by its own count`() throws {
    var optimizer = try makeOptimizer(.fromZero)
    var parameters = [Double](repeating: 1, count: 5)
    for _ in 0..<3 {
      try optimizer.step(&parameters, gradients: parameters)
    }
    try optimizer.resetSlowMoment(inGroup: "body")
    let schedules = optimizer.layout.groups[0].hyperparameters
    let body = try optimizer.hyperparameters(ofGroup: "body")
    let head = try optimizer.hyperparameters(ofGroup: "head")
    #expect(body.alpha == schedules.alpha.value(at: 0))
    #expect(head.alpha == schedules.alpha.value(at: 3))
    #expect(
      try optimizer.hyperparameters(ofGroup: "body", at: 5).beta3
        == schedules.beta3.value(at: 2))
    #expect(
      try optimizer.hyperparameters(ofGroup: "body", at: 0).beta3
        == schedules.beta3.value(at: 0))
    #expect(body.learningRate == head.learningRate / 2)
  }

  @Test func `are refused for what is not there, as a step would`() throws {
    let optimizer = try makeOptimizer(.fromZero)
    #expect(throws: AdEMAMixError.unknownGroup("tail")) {
      try optimizer.hyperparameters(ofGroup: "tail")
    }
    #expect(throws: AdEMAMixError.stepCount(-1, group: nil)) {
      try optimizer.hyperparameters(ofGroup: "body", at: -1)
    }
    let late = try AdEMAMix<Float>([
      ParameterGroup(
        "w", sizes: [1],
        Hyperparameters(learningRate: .linear(from: 1, to: -1, over: 10)))
    ])
    #expect(
      throws: AdEMAMixError.hyperparameterOutOfRange(
        .learningRate, value: -1, group: "w", scheduleCount: 10)
    ) { try late.hyperparameters(ofGroup: "w", at: 10) }
  }
}
