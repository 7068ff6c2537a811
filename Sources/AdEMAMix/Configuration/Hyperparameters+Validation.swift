//===--- Hyperparameters+Validation.swift - the ranges, and their check ---===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension Hyperparameters {
  /// Checks the structure of every schedule; values are checked at each step.
  func validateSchedules(group: String) throws(AdEMAMixError) {
    let schedules: [(HyperparameterName, HyperparameterSchedule)] = [
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
    func constant(_ schedule: HyperparameterSchedule) -> HyperparameterSchedule
    {
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
