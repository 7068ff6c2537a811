//===--- TaskResults.swift - all choices of one task ----------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Numerals
import Studies

/// The results of a task, by hyperparameters and number of steps.
struct TaskResults {
  /// The name of the task.
  let title: String
  /// The choices that were run with all seeds, in the order of the table.
  let choices: [Choice]

  init(_ title: String, _ table: StudyTable) {
    var order: [StudyRun] = []
    var groups: [StudyRun: [StudyResult]] = [:]
    for result in table.results {
      let key = result.run.with(seed: 0)
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(result)
    }
    let seedCount = groups.values.map(\.count).max() ?? 0
    self.title = title
    choices = order.compactMap { groups[$0] }
      .filter { $0.count == seedCount }
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

  /// AdamW at its best learning rate.
  func adamW(_ steps: Int) -> Choice? { best(steps) { $0.alpha == 0 } }

  /// AdEMAMix at its best, with warm-ups over all steps.
  func ademamix(_ steps: Int) -> Choice? {
    best(steps) { $0.alpha > 0 && $0.warmup == 1 }
  }

  /// The runs with the hyperparameters that are suggested for AdamW's best
  /// learning rate; `nil` if they were not made.
  func suggested(_ steps: Int) -> Choice? {
    guard let rate = adamW(steps)?.run.learningRate else { return nil }
    let suggestion = StudyRun.suggested(
      steps: steps, adamWLearningRate: rate, seed: 0)
    return best(steps) { $0.with(seed: 0) == suggestion }
  }
}
