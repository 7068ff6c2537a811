//===--- StabilityTests.swift - limits beside simulations -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixStability
import Foundation
import Testing

/// Settings of the standard form.
struct Setting: CustomTestStringConvertible {
  var beta1 = 0.9
  var beta3 = 0.9999
  var alpha = 5.0

  var hyperparameters: Hyperparameters {
    Hyperparameters(
      learningRate: 1, beta1: beta1, beta3: .constant(beta3),
      alpha: .constant(alpha))
  }

  var testDescription: String {
    "beta1 \(beta1), beta3 \(beta3), alpha \(alpha)"
  }

  static let all = [0.0, 0.5, 0.9, 0.99].flatMap { beta1 in
    [0.0, 0.9, 0.99, 0.9999, 0.999999].flatMap { beta3 in
      [0.0, 0.5, 5, 20].map {
        Setting(beta1: beta1, beta3: beta3, alpha: $0)
      }
    }
  }
}

/// How much the parameter of a quadratic grows in a step, in steps of the
/// optimizer itself, after many.
///
/// A large epsilon and a small parameter fix the preconditioner at 1.
private func growth(
  _ hyperparameters: Hyperparameters, product: Double, steps: Int
) throws -> Double {
  var optimizer = try AdEMAMix<Double>([
    ParameterGroup(
      "x", sizes: [1],
      hyperparameters.with(\.learningRate, .constant(product))
        .with(\.epsilon, 1))
  ])
  // The bias correction of the first steps would make the parameter large.
  var moments = optimizer.copyMoments()
  moments[0].stepCounts = MomentStepCounts(1_000_000)
  try optimizer.restore(stepCount: 1_000_000, moments: moments)
  var x = [1e-100]
  var largest = 0.0
  var reference = 0.0
  for step in 1...steps {
    let gradients = x
    try optimizer.step(&x, gradients: gradients)
    largest = max(largest, abs(x[0]))
    if step == steps / 2 { (reference, largest) = (largest, 0) }
  }
  return largest / reference
}

@Suite struct `The stability limit` {
  @Test func `is 38 for Adam`() throws {
    let adam = Setting(alpha: 0).hyperparameters
    #expect(abs(try adam.stabilityLimit(at: 0) - 38) < 1e-9)
  }

  @Test(arguments: Setting.all)
  func `is where an eigenvalue passes -1`(_ setting: Setting) throws {
    let (beta1, beta3) = (setting.beta1, setting.beta3)
    let expected =
      2
      / ((1 - beta1) / (1 + beta1)
        + setting.alpha * (1 - beta3) / (1 + beta3))
    let limit = try setting.hyperparameters.stabilityLimit(at: 0)
    #expect(abs(limit / expected - 1) < 1e-9)
  }

  @Test(arguments: [
    Setting(alpha: 0), Setting(), Setting(beta3: 0.99, alpha: 8),
    Setting(beta3: 0.9, alpha: 5), Setting(beta1: 0, beta3: 0.999, alpha: 2),
    Setting(beta1: 0.99, beta3: 0.999, alpha: 20),
  ])
  func `separates steps that shrink from steps that diverge`(
    _ setting: Setting
  ) throws {
    let hyperparameters = setting.hyperparameters
    let limit = try hyperparameters.stabilityLimit(at: 0)
    let steps = 4_000
    let above = try growth(
      hyperparameters, product: 1.00005 * limit, steps: steps)
    #expect(above > 1.05)
    // The slow error must have time to shrink.
    let slow = setting.alpha == 0 ? 1 : Int(2 / (1 - setting.beta3))
    let below = try growth(
      hyperparameters, product: 0.99995 * limit, steps: max(steps, slow))
    #expect(below < 0.95)
  }

  @Test func `is that of the simplified form too`() throws {
    for (beta1, alpha) in [(0.99, 0.0), (0.9, 1), (0.999, 10)] {
      let simplified = Hyperparameters.simplified(
        learningRate: 1, beta1: .constant(beta1), alpha: .constant(alpha))
      let limit = try simplified.stabilityLimit(at: 0)
      #expect(abs(limit * (1 / (1 + beta1) + alpha) / 2 - 1) < 1e-9)
      #expect(
        try growth(simplified, product: 1.00005 * limit, steps: 4_000) > 1.05)
      #expect(
        try growth(simplified, product: 0.99995 * limit, steps: 40_000) < 0.95)
    }
  }

  @Test func `follows the schedules`() throws {
    let warming = Hyperparameters(learningRate: 1)
      .warmingUp(alpha: 5, beta3: 0.99, over: 100)
    #expect(abs(try warming.stabilityLimit(at: 0) - 38) < 1e-9)
    let end = try Setting(beta3: 0.99).hyperparameters.stabilityLimit(at: 0)
    #expect(try warming.stabilityLimit(at: 100) == end)
  }

  @Test func `comes with the rate at which errors shrink`() throws {
    // Adam's eigenvalues are complex here: their product is beta1.
    let adam = Setting(alpha: 0).hyperparameters
    let radius = try adam.spectralRadius(product: 1, at: 0)
    #expect(abs(radius - 0.9.squareRoot()) < 1e-12)
    let mixed = Setting(beta3: 0.99).hyperparameters
    let predicted = try mixed.spectralRadius(product: 0.5, at: 0)
    let measured = try growth(mixed, product: 0.5, steps: 4_000)
    #expect(abs(log(measured) / (2_000 * log(predicted)) - 1) < 0.01)
  }

  @Test func `is refused for what no optimizer accepts`() {
    #expect(
      throws: StabilityError.hyperparameterOutOfRange(
        .beta3, value: 1, scheduleCount: 7)
    ) {
      try Setting(beta3: 1).hyperparameters.stabilityLimit(at: 7)
    }
    #expect(
      throws: StabilityError.hyperparameterOutOfRange(
        .alpha, value: -1, scheduleCount: 0)
    ) {
      try Setting(alpha: -1).hyperparameters.stabilityLimit(at: 0)
    }
    #expect(throws: StabilityError.product(-1)) {
      try Setting().hyperparameters.spectralRadius(product: -1, at: 0)
    }
  }
}
