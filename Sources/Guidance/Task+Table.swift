//===--- Task+Table.swift - AdamW, AdEMAMix and the suggestion ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Numerals
import Studies

extension Task {
  /// The table of the page: the choices of each length, which the search has
  /// made, with their losses in the trial.
  var table: String {
    var lines = [
      "| \(title), steps | AdamW | best of the grid | suggested |",
      "| --: | --- | --- | --- |",
    ]
    for steps in search.lengths {
      let adamW = search.adamW(steps)
      let cells = [adamW, search.ademamix(steps), search.suggested(steps)]
        .map { choice in
          guard let choice = choice.flatMap(trial.choice),
            let adamW = adamW.flatMap(trial.choice)
          else { return "–" }
          return cell(choice, beside: adamW)
        }
      lines.append("| \(grouped(steps)) | \(cells.joined(separator: " | ")) |")
    }
    return lines.joined(separator: "\n")
  }

  private func cell(_ choice: Choice, beside adamW: Choice) -> String {
    let run = choice.run
    let rate = "rate \(run.learningRate)"
    guard run.alpha > 0 else { return "\(choice.text); \(rate)" }
    return "\(choice.text), \(choice.percentText(beside: adamW)); "
      + "α \(run.alpha.text(significant: 3)), "
      + "β₃ \(run.beta3.text(significant: 5)), \(rate)"
  }
}
