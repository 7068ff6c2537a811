//===--- StepHyperparameters.swift - hyperparameters at one step ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The values of a group's hyperparameters at one step: numbers in place of
/// schedules.
public struct StepHyperparameters: Sendable, Hashable {
  /// η, times the group's factor.
  public let learningRate: Double
  /// β1, the decay of the fast moment. The simplified form, which has no fast
  /// moment, starts with 0.
  public let beta1: Double
  /// β2, the decay of the second moment.
  public let beta2: Double
  /// β3, the decay of the slow moment.
  public let beta3: Double
  /// α, the weight of the slow moment. In the simplified form that of the
  /// gradient.
  public let alpha: Double
  /// ε, added to the root.
  public let epsilon: Double
  /// ε̄, added under the root.
  public let epsilonRoot: Double
  /// λ. A step multiplies it by the learning rate.
  public let weightDecay: Double

  /// The hyperparameters of a group at one step. The schedules of the learning
  /// rate and of the weight decay see `count`, those of alpha and beta3 see
  /// `slowCount`.
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
