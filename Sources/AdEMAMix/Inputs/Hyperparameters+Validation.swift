//===--- Hyperparameters+Validation.swift - the ranges, and their check ---===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension HyperparameterName {
  /// The range, as the end of a sentence that starts "it must".
  package var rule: String {
    isDecayRate ? "lie in 0 ..< 1" : "be finite and at least 0"
  }

  /// A decay rate of 1 would never take anything in: the bias correction
  /// divides by 1 - 1.
  private var isDecayRate: Bool {
    switch self {
    case .beta1, .beta2, .beta3: true
    case .learningRate, .alpha, .epsilon, .epsilonRoot, .weightDecay,
      .learningRateFactor:
      false
    }
  }

  package func accepts(_ value: Double) -> Bool {
    isDecayRate ? (0..<1).contains(value) : value.isFinite && value >= 0
  }
}

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
      _ name: HyperparameterName, _ schedule: Schedule, at count: Int
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

extension Hyperparameters {
  /// Checks the structure of every schedule; values are checked at each step.
  func validateSchedules(group: String) throws(AdEMAMixError) {
    let schedules: [(HyperparameterName, Schedule)] = [
      (.learningRate, learningRate), (.beta3, beta3), (.alpha, alpha),
      (.weightDecay, weightDecay),
    ]
    for (name, schedule) in schedules {
      do throws(ScheduleError) {
        try schedule.validate()
      } catch {
        throw .invalidSchedule(error, of: name, group: group)
      }
    }
  }
  /// The same constants, with 0 in place of what changes from step to step.
  var withoutSchedules: Hyperparameters {
    func constant(_ schedule: Schedule) -> Schedule {
      if case .constant = schedule { schedule } else { 0 }
    }
    var copy = self
    copy.learningRate = constant(learningRate)
    copy.beta3 = constant(beta3)
    copy.alpha = constant(alpha)
    copy.weightDecay = constant(weightDecay)
    return copy
  }
}
