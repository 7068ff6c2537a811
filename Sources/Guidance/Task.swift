//===--- Task.swift - a task, and its results with all seeds --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Studies

/// A task, with the results that choose hyperparameters and those that judge
/// the choices.
struct Task {
  /// The name of the task.
  let title: String
  /// The results of all combinations, with the seeds that choose.
  let search: TaskResults
  /// The results of the chosen combinations, with other seeds.
  let trial: TaskResults

  /// The seeds of the search and of the trial in the committed study.
  private static let searchSeeds: ClosedRange<UInt64> = 1...3
  private static let trialSeeds: ClosedRange<UInt64> = 4...8

  init(_ title: String, _ table: StudyTable) {
    self.title = title
    search = TaskResults(table, seeds: Self.searchSeeds)
    trial = TaskResults(table, seeds: Self.trialSeeds)
  }
}
