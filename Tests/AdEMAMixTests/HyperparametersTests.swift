//===--- HyperparametersTests.swift - defaults, ranges and refusals -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Foundation
import Testing

@Suite struct `The hyperparameters of a group` {
  @Test func `default to those of optax`() {
    let defaults = Hyperparameters(learningRate: 1e-3)
    #expect(defaults.learningRate == .constant(1e-3))
    #expect(defaults.beta1 == 0.9)
    #expect(defaults.beta2 == 0.999)
    #expect(defaults.beta3 == .constant(0.9999))
    #expect(defaults.alpha == .constant(5))
    #expect(defaults.epsilon == 1e-8)
    #expect(defaults.epsilonRoot == 0)
    #expect(defaults.weightDecay == .constant(0))
  }

  @Test func `are copied with one value replaced`() {
    let original = Hyperparameters(learningRate: 0.1, beta1: 0.8)
    var expected = original
    expected.weightDecay = 0.01
    #expect(original.with(\.weightDecay, 0.01) == expected)
    #expect(original.weightDecay == 0)
  }

  @Test func `warm up alpha and beta3 from AdamW's`() {
    let target = Hyperparameters(
      learningRate: 0.1, beta1: 0.8, weightDecay: 0.2)
    let warming = target.warmingUp(alpha: 8, beta3: 0.999, over: 100)
    #expect(
      warming
        == target
        .with(\.alpha, .linear(from: 0, to: 8, over: 100))
        .with(\.beta3, .halfLife(from: 0.8, to: 0.999, over: 100)))
    #expect(warming.alpha.value(at: 0) == 0)
    #expect(warming.beta3.value(at: 0) == 0.8)
    #expect(warming.alpha.value(at: 100) == 8)
    #expect(warming.beta3.value(at: 100) == 0.999)
  }

  @Test func `are suggested for a length and AdamW's learning rate`() {
    let suggestion = Hyperparameters.suggested(
      steps: 20_000, adamWLearningRate: 1e-3)
    #expect(
      suggestion
        == Hyperparameters(learningRate: 5e-4).warmingUp(
          alpha: 5, beta3: 1 - 10 / 20_000.0, over: 20_000))
    func beta3(_ steps: Int) -> Double {
      Hyperparameters.suggested(steps: steps, adamWLearningRate: 1)
        .beta3.value(at: steps)
    }
    #expect([1, 499, 500].map(beta3) == [0.98, 0.98, 0.98])
    #expect(beta3(501) > 0.98 && beta3(99_999) < 0.9999)
    #expect([100_000, 1_000_000, .max].map(beta3) == [0.9999, 0.9999, 0.9999])
    // No steps at all leave the values of the end.
    #expect(beta3(0) == 0.98)
  }

  @Test(arguments: [
    (-1, 1e-3, "-1"), (.min, 1e-3, "\(Int.min)"), (10, -1e-3, "-0.0005"),
    (10, .nan, "nan"), (10, .infinity, "inf"),
  ])
  func `are refused where they were suggested for impossible values`(
    steps: Int, rate: Double, text: String
  ) {
    let suggestion = Hyperparameters.suggested(
      steps: steps, adamWLearningRate: rate)
    let error = #expect(throws: AdEMAMixError.self) {
      _ = try AdEMAMix<Float>([
        ParameterGroup("all", sizes: [1], suggestion)
      ])
    }
    #expect(
      error?.description.contains(text) == true,
      "\(String(describing: error))")
  }

  @Test func `survive JSON`() throws {
    let original = Hyperparameters(
      learningRate: .warmupCosine(peak: 0.1, warmup: 3, total: 10),
      beta1: 0.1, beta2: 0.7, beta3: 0.3,
      alpha: .linear(from: 0, to: 1, over: 2),
      epsilon: 1e-300, epsilonRoot: 1e-9, weightDecay: 0.1
    )
    let json = try JSONEncoder().encode(original)
    let decoded = try JSONDecoder().decode(Hyperparameters.self, from: json)
    #expect(decoded == original)
  }
}

@Suite struct `A hyperparameter out of its range` {
  @Test(
    arguments: HyperparameterName.allCases, [-0.1, -.infinity, .infinity, .nan])
  func `is refused`(name: HyperparameterName, value: Double) {
    expectRefusal(of: name, value)
  }

  @Test(arguments: [HyperparameterName.beta1, .beta2, .beta3], [1, 1.5])
  func `is refused where a decay rate is 1 or more`(
    name: HyperparameterName, value: Double
  ) {
    expectRefusal(of: name, value)
  }

  @Test(arguments: HyperparameterName.allCases)
  func `is not 0`(name: HyperparameterName) throws {
    let hyperparameters = Hyperparameters(learningRate: 0.1, epsilonRoot: 1e-8)
    let group = ParameterGroup("w", sizes: [1], hyperparameters).with(name, 0)
    _ = try AdEMAMix<Float>([group])
  }

  @Test func `is refused for the first count of the clock`() {
    let learningRate = HyperparameterSchedule.joined(
      schedules: [1, -1], boundaries: [1])
    let group = ParameterGroup(
      "w", sizes: [1], Hyperparameters(learningRate: learningRate))
    #expect(throws: Never.self) { _ = try AdEMAMix<Float>([group]) }
    #expect(
      throws: AdEMAMixError.hyperparameterOutOfRange(
        .learningRate, value: -1, group: "w", scheduleCount: 1)
    ) { _ = try AdEMAMix<Float>([group], clock: .fromOne) }
  }

  private func expectRefusal(
    of name: HyperparameterName, _ value: Double,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let group = ParameterGroup(
      "w", sizes: [1], Hyperparameters(learningRate: 0.1)
    ).with(name, .constant(value))
    let thrown = #expect(
      throws: AdEMAMixError.self, sourceLocation: sourceLocation
    ) { _ = try AdEMAMix<Float>([group]) }
    let expected = AdEMAMixError.hyperparameterOutOfRange(
      name, value: value, group: "w", scheduleCount: 0)
    // The description, since NaN is not equal to itself.
    #expect(
      thrown?.description == expected.description,
      sourceLocation: sourceLocation)
    let rule =
      [.beta1, .beta2, .beta3].contains(name)
      ? "lie in 0 ..< 1" : "be finite and at least 0"
    #expect(
      expected.description
        == "\(name) is \(value) in group 'w' at schedule count 0: it must "
        + rule, sourceLocation: sourceLocation)
  }
}

@Suite struct `Hyperparameters that the scalar type cannot hold` {
  @Test func `are refused without an epsilon`() throws {
    let none = Hyperparameters(learningRate: 0.1, epsilon: 0)
    #expect(throws: AdEMAMixError.noEpsilon(group: "w")) {
      _ = try optimizer(none, of: Double.self)
    }
    _ = try optimizer(none.with(\.epsilonRoot, 1e-8), of: Double.self)
    for tiny in [none.with(\.epsilon, 1e-50), none.with(\.epsilonRoot, 1e-50)] {
      #expect(throws: AdEMAMixError.noEpsilon(group: "w")) {
        _ = try optimizer(tiny, of: Float.self)
      }
      _ = try optimizer(tiny, of: Double.self)
    }
  }

  @Test(arguments: [
    Hyperparameters(learningRate: 1e39),
    // At a step at which the fast moment's scale becomes 1 again.
    Hyperparameters(learningRate: 3.3e38, beta1: 0.07, alpha: 0),
    Hyperparameters(learningRate: 1e30, alpha: 1e30),
    Hyperparameters(learningRate: 1e30, alpha: 0, weightDecay: 1e30),
    Hyperparameters(learningRate: 0.1, epsilon: 1e39),
    Hyperparameters(learningRate: 0.1, epsilonRoot: 1e39),
  ])
  func `are refused where a product is infinite`(
    hyperparameters: Hyperparameters
  ) throws {
    #expect(
      throws: AdEMAMixError.coefficientOverflow(group: "w", scheduleCount: 0)
    ) { _ = try optimizer(hyperparameters, of: Float.self) }
    _ = try optimizer(hyperparameters, of: Double.self)
  }
}

@Suite struct `A schedule that leaves its range` {
  @Test(
    arguments: [
      (HyperparameterName.learningRate, -1.0), (.beta3, 1), (.alpha, -1),
      (.weightDecay, -1),
    ], StepClock.allCases)
  func `stops the optimizer at that step and changes nothing`(
    bad: (name: HyperparameterName, value: Double), clock: StepClock
  ) throws {
    let valid = Hyperparameters(learningRate: 0.1, beta3: 0.5, alpha: 0.5)
    // The group before it must not have moved either.
    var optimizer = try AdEMAMix<Float>(
      [
        ParameterGroup("first", sizes: [2], valid),
        ParameterGroup("second", sizes: [3], valid).with(
          bad.name,
          .joined(schedules: [0.5, .constant(bad.value)], boundaries: [3])),
      ], clock: clock)
    var parameters: [Float] = [1, 2, 3, 4, 5]
    let gradients: [Float] = [1, -1, 2, -2, 3]
    for _ in 0..<(clock == .fromZero ? 3 : 2) {
      try optimizer.step(&parameters, gradients: gradients)
    }
    let moments = optimizer.copyMoments()
    let stepCount = optimizer.stepCount
    let untouched = parameters
    for _ in 0..<2 {
      #expect(
        throws: AdEMAMixError.hyperparameterOutOfRange(
          bad.name, value: bad.value, group: "second", scheduleCount: 3)
      ) { try optimizer.step(&parameters, gradients: gradients) }
      #expect(parameters == untouched)
      #expect(optimizer.copyMoments() == moments)
      #expect(optimizer.stepCount == stepCount)
    }
  }
}

private func optimizer<Scalar: OptimizerScalar>(
  _ hyperparameters: Hyperparameters, of _: Scalar.Type
) throws -> AdEMAMix<Scalar> {
  try AdEMAMix([ParameterGroup("w", sizes: [1], hyperparameters)])
}

extension ParameterGroup {
  /// A copy with the hyperparameter of a name replaced; one that cannot follow
  /// a schedule takes its first value.
  fileprivate func with(
    _ name: HyperparameterName, _ schedule: HyperparameterSchedule
  ) -> ParameterGroup {
    var copy = self
    let first = schedule.value(at: 0)
    switch name {
    case .learningRate: copy.hyperparameters.learningRate = schedule
    case .beta1: copy.hyperparameters.beta1 = first
    case .beta2: copy.hyperparameters.beta2 = first
    case .beta3: copy.hyperparameters.beta3 = schedule
    case .alpha: copy.hyperparameters.alpha = schedule
    case .epsilon: copy.hyperparameters.epsilon = first
    case .epsilonRoot: copy.hyperparameters.epsilonRoot = first
    case .weightDecay: copy.hyperparameters.weightDecay = schedule
    case .learningRateFactor: copy.learningRateFactor = first
    }
    return copy
  }
}
