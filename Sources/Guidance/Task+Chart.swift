//===--- Task+Chart.swift - what AdEMAMix gains, and with which beta3 -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Numerals
import Plots
import Studies

extension Task {
  /// The losses of AdEMAMix in the search beside those of AdamW, over the
  /// number of steps: a curve for each decay rate, with the best alpha and
  /// learning rate, and one for the suggestion.
  var chart: LineChart {
    let curves = TaskResults.beta3s.map { beta3 in
      curve("β₃ = \(beta3)") { steps in
        search.best(steps) { search.isOfGrid($0) && $0.beta3 == beta3 }
      }
    }
    return LineChart(
      title: "\(title): the loss of AdEMAMix beside that of AdamW",
      x: Axis("steps", scale: .logarithmic, range: 400...25_000),
      y: Axis("final validation loss, AdamW's = 100 %"),
      curves: [curve("AdamW", search.adamW)] + curves
        + [curve("suggested", search.suggested)])
  }

  private func curve(_ name: String, _ choice: (Int) -> Choice?) -> Curve {
    let pairs = search.lengths.compactMap {
      steps -> (Double, MedianAndRange)? in
      guard let adamW = search.adamW(steps), let choice = choice(steps) else {
        return nil
      }
      return (
        Double(steps),
        MedianAndRange(choice.losses.map { 100 * $0 / adamW.mean })
      )
    }
    return Curve(name, x: pairs.map(\.0), pairs.map(\.1), markers: .all)
  }
}
