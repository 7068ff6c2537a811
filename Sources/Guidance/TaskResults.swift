//===--- TaskResults.swift - all choices of one task ----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Numerals
import Studies

/// The results of a task with some seeds, by hyperparameters and number of
/// steps.
struct TaskResults {
  /// The choices that were run with all seeds, in the order of the table.
  let choices: [Choice]

  /// The results of the runs whose seeds lie in a range.
  init(_ table: StudyTable, seeds: ClosedRange<UInt64>) {
    var order: [StudyRun] = []
    var groups: [StudyRun: [StudyResult]] = [:]
    for result in table.results where seeds.contains(result.run.seed) {
      let key = result.run.with(seed: 0)
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(result)
    }
    choices = order.compactMap { groups[$0] }
      .filter { $0.count == seeds.count }
      .map { Choice(results: $0.sorted { $0.run.seed < $1.run.seed }) }
  }

  /// The numbers of steps, in ascending order.
  var lengths: [Int] { Set(choices.map(\.run.steps)).sorted() }

  /// The choice with the lowest mean loss among those that satisfy a condition.
  func best(
    _ steps: Int, where isMeant: (StudyRun) -> Bool
  ) -> Choice? {
    choices.filter { $0.run.steps == steps && isMeant($0.run) }
      .lowest { $0.mean }
  }

  /// The choice with the hyperparameters of another one.
  func choice(like other: Choice) -> Choice? {
    let run = other.run.with(seed: 0)
    return best(run.steps) { $0.with(seed: 0) == run }
  }

  /// AdamW at its best learning rate.
  func adamW(_ steps: Int) -> Choice? { best(steps) { $0.alpha == 0 } }

  /// AdEMAMix at its best of the grid.
  func ademamix(_ steps: Int) -> Choice? { best(steps, where: isOfGrid) }

  /// The decay rates of the grid.
  static let beta3s = [0.99, 0.999, 0.9999]
  /// The weights of the slow moment of the grid. Others were tried with fewer
  /// numbers of steps.
  static let alphas = [2.0, 5]

  /// Whether a run is one of AdEMAMix that was made with every number of steps.
  func isOfGrid(_ run: StudyRun) -> Bool {
    run.warmup == 1 && Self.alphas.contains(run.alpha)
      && Self.beta3s.contains(run.beta3)
  }

  /// The runs with the hyperparameters that the library suggests for AdamW's
  /// best learning rate; `nil` if they were not made.
  func suggested(_ steps: Int) -> Choice? {
    guard let rate = adamW(steps)?.run.learningRate else { return nil }
    let suggestion = StudyRun.suggested(
      steps: steps, adamWLearningRate: rate, seed: 0)
    return best(steps) { $0.with(seed: 0) == suggestion }
  }
}
