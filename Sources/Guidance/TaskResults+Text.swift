//===--- TaskResults+Text.swift - losses of all choices -------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Numerals
import Studies

extension TaskResults {
  /// The mean loss of each choice, one a line, by length from the best one.
  var list: String {
    lengths.flatMap { steps in
      choices.filter { $0.run.steps == steps }
        .sorted { $0.mean.isBelow($1.mean) }
        .map { choice in
          let run = choice.run
          return "\(grouped(steps)) steps: \(choice.text), alpha \(run.alpha), "
            + "beta3 \(run.beta3), warm-up \(run.warmup), "
            + "rate \(run.learningRate)"
        }
    }.joined(separator: "\n")
  }

  /// A table with a row for each number of steps, of how far the best choice
  /// with each value of a setting lies from AdamW.
  ///
  /// - Parameters:
  ///   - name: The name of the setting.
  ///   - values: The values, one a column.
  ///   - setting: The setting of a run.
  func table(
    _ name: String, _ values: [Double], _ setting: (StudyRun) -> Double
  ) -> String {
    let titles = values.map { "\(name) \($0)" }.joined(separator: " | ")
    let rule = String(repeating: " --: |", count: values.count)
    var lines = ["| steps | \(titles) |", "| --: |\(rule)"]
    for steps in lengths {
      let cells = values.map { value in
        let choice = best(steps) {
          $0.alpha > 0 && $0.warmup == 1 && setting($0) == value
        }
        return percent(choice, steps)
      }
      lines.append("| \(grouped(steps)) | \(cells.joined(separator: " | ")) |")
    }
    return lines.joined(separator: "\n")
  }

  /// A table with a row for each warm-up that was tried with a number of steps,
  /// of how far the best choice with each decay rate lies from AdamW.
  ///
  /// - Parameters:
  ///   - steps: The number of steps.
  ///   - alpha: The weight of the slow moment at the end.
  ///   - beta3s: The decay rates, one a column.
  func warmupTable(_ steps: Int, alpha: Double, _ beta3s: [Double]) -> String {
    let titles = beta3s.map { "β₃ \($0)" }.joined(separator: " | ")
    let rule = String(repeating: " --: |", count: beta3s.count)
    var lines = [
      "| warm-up, of \(grouped(steps)) steps | \(titles) |", "| --: |\(rule)",
    ]
    let runs = choices.map(\.run).filter {
      $0.steps == steps && $0.alpha == alpha
    }
    for warmup in Set(runs.map(\.warmup)).sorted() {
      let cells = beta3s.map { beta3 in
        let choice = best(steps) {
          $0.alpha == alpha && $0.beta3 == beta3 && $0.warmup == warmup
        }
        return percent(choice, steps)
      }
      lines.append(
        "| \((100 * warmup).text(decimals: 0)) % | "
          + "\(cells.joined(separator: " | ")) |")
    }
    return lines.joined(separator: "\n")
  }

  private func percent(_ choice: Choice?, _ steps: Int) -> String {
    guard let choice, let adamW = adamW(steps) else { return "–" }
    return choice.percentText(beside: adamW)
  }
}
