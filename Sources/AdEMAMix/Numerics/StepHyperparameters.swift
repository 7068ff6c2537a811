//===--- StepHyperparameters.swift - hyperparameters at one step ----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Hyperparameters at one step: checked numbers in place of schedules.
struct StepHyperparameters {
  /// The group's factor included.
  let learningRate: Double
  let beta1: Double
  let beta2: Double
  let beta3: Double
  let alpha: Double
  let epsilon: Double
  let epsilonRoot: Double
  let weightDecay: Double

  /// The hyperparameters of a group where `count` is what its learning rate and
  /// weight decay see, and `slowCount` what those of the slow moment see.
  init(
    _ group: borrowing ParameterGroup, at count: Int, slowCount: Int
  ) throws(AdEMAMixError) {
    func checked(
      _ name: HyperparameterName, _ value: Double, at count: Int
    ) throws(AdEMAMixError) -> Double {
      guard name.accepts(value) else {
        throw .hyperparameterOutOfRange(
          name, value: value, group: group.name, scheduleCount: count)
      }
      return value
    }
    func checked(
      _ name: HyperparameterName, _ schedule: HyperparameterSchedule,
      at count: Int
    ) throws(AdEMAMixError) -> Double {
      try checked(name, schedule.value(at: count), at: count)
    }
    learningRate =
      try checked(.learningRateFactor, group.learningRateFactor, at: count)
      * checked(.learningRate, group.hyperparameters.learningRate, at: count)
    beta1 = try checked(.beta1, group.hyperparameters.beta1, at: count)
    beta2 = try checked(.beta2, group.hyperparameters.beta2, at: count)
    beta3 = try checked(.beta3, group.hyperparameters.beta3, at: slowCount)
    alpha = try checked(.alpha, group.hyperparameters.alpha, at: slowCount)
    epsilon = try checked(.epsilon, group.hyperparameters.epsilon, at: count)
    epsilonRoot = try checked(
      .epsilonRoot, group.hyperparameters.epsilonRoot, at: count)
    weightDecay = try checked(
      .weightDecay, group.hyperparameters.weightDecay, at: count)
  }
}
