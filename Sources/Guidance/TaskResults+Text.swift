//===--- TaskResults+Text.swift - a table of the best choices -------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Numerals
import Studies

extension TaskResults {
  /// The best choices of each length, as a table of the page.
  var table: String {
    var lines = [
      "| \(title), steps | AdamW | AdEMAMix, best | suggested |",
      "| --: | --- | --- | --- |",
    ]
    for steps in lengths {
      guard let adamW = adamW(steps) else { continue }
      let cells = [adamW, ademamix(steps), suggested(steps)].map { choice in
        choice.map { cell($0, beside: adamW) } ?? "–"
      }
      lines.append("| \(grouped(steps)) | \(cells.joined(separator: " | ")) |")
    }
    return lines.joined(separator: "\n")
  }

  private func cell(_ choice: Choice, beside adamW: Choice) -> String {
    let run = choice.run
    let loss =
      "\(choice.mean.text(decimals: 4)) ± \(choice.deviation.text(decimals: 4))"
    let rate = "rate \(run.learningRate)"
    guard run.alpha > 0 else { return "\(loss), \(rate)" }
    let percent = 100 * (choice.mean / adamW.mean - 1)
    let sign = percent < 0 ? "−" : "+"
    return "\(loss) (\(sign)\(abs(percent).text(decimals: 1)) %), "
      + "α \(run.alpha.text(significant: 3)), "
      + "β₃ \(run.beta3.text(significant: 6)), \(rate)"
  }

  /// The mean loss of every choice, one a line, by length from the best.
  var list: String {
    lengths.flatMap { steps in
      choices.filter { $0.run.steps == steps }
        .sorted { $0.mean.isBelow($1.mean) }
        .map { choice in
          let run = choice.run
          return "\(title), \(grouped(steps)) steps: "
            + "\(choice.mean.text(decimals: 4)) ± "
            + "\(choice.deviation.text(decimals: 4)), alpha \(run.alpha), "
            + "beta3 \(run.beta3), warm-up \(run.warmup), "
            + "rate \(run.learningRate)"
        }
    }.joined(separator: "\n")
  }
}
