//===--- OptimizerRecord+Schedules.swift - all schedules ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix

/// The schedules of a group, with their names in a report of differences.
var groupSchedules:
  [(
    path: WritableKeyPath<Hyperparameters, HyperparameterSchedule>,
    name: String
  )]
{
  [
    (\.learningRate, "learningRate"), (\.beta3, "beta3"), (\.alpha, "alpha"),
    (\.weightDecay, "weightDecay"),
  ]
}

extension OptimizerRecord {
  /// The schedules, each with its field in a report of differences.
  var schedules: [(field: String, schedule: HyperparameterSchedule)] {
    var schedules = layout.groups.flatMap { group in
      groupSchedules.map {
        (
          "group '\(group.name)' · \($0.name)",
          group.hyperparameters[keyPath: $0.path]
        )
      }
    }
    if let accumulation = options.accumulation {
      schedules.append(("options · accumulation", accumulation.schedule))
    }
    return schedules
  }

  /// The first version of the format that can hold the schedules.
  var scheduleVersion: Int { schedules.map(\.schedule.version).max() ?? 1 }
}
