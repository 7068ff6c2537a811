//===--- TaskResults+Text.swift - losses of all choices -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
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

  /// How far the best choice with each decay rate of the grid lies from AdamW.
  var beta3Table: String {
    table("β₃", Self.beta3s) { run, beta3 in
      isOfGrid(run) && run.beta3 == beta3
    }
  }

  /// How far the best choice with each weight of the slow moment lies from
  /// AdamW.
  var alphaTable: String {
    table("α", Self.alphas + [8]) { run, alpha in
      run.alpha == alpha && run.warmup == 1 && Self.beta3s.contains(run.beta3)
    }
  }

  /// A table with a row for each number of steps, and a column for each value
  /// of a setting.
  private func table(
    _ name: String, _ values: [Double],
    where isMeant: (StudyRun, Double) -> Bool
  ) -> String {
    let titles = values.map { "\(name) \($0)" }.joined(separator: " | ")
    let rule = String(repeating: " --: |", count: values.count)
    var lines = ["| steps | \(titles) |", "| --: |\(rule)"]
    for steps in lengths {
      let cells = values.map { value in
        percent(best(steps) { isMeant($0, value) }, steps)
      }
      lines.append("| \(grouped(steps)) | \(cells.joined(separator: " | ")) |")
    }
    return lines.joined(separator: "\n")
  }

  /// A table with a row for each warm-up that was tried with a number of steps,
  /// of how far each decay rate lies from AdamW.
  ///
  /// - Parameters:
  ///   - steps: The number of steps.
  ///   - alpha: The weight of the slow moment at the end.
  ///   - rate: The peak of AdEMAMix's learning rate.
  /// - Returns: The table's lines.
  func warmupTable(_ steps: Int, alpha: Double, rate: Double) -> String {
    let titles = Self.beta3s.map { "β₃ \($0)" }.joined(separator: " | ")
    let rule = String(repeating: " --: |", count: Self.beta3s.count)
    var lines = [
      "| warm-up, of \(grouped(steps)) steps | \(titles) |", "| --: |\(rule)",
    ]
    let runs = choices.map(\.run).filter {
      $0.steps == steps && $0.alpha == alpha && $0.learningRate == rate
    }
    for warmup in Set(runs.map(\.warmup)).sorted() {
      let cells = Self.beta3s.map { beta3 in
        let choice = best(steps) {
          $0.alpha == alpha && $0.learningRate == rate && $0.beta3 == beta3
            && $0.warmup == warmup
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
