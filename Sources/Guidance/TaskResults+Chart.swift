//===--- TaskResults+Chart.swift - what AdEMAMix gains --------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Numerals
import Plots
import Studies

extension TaskResults {
  /// The losses of AdEMAMix beside those of AdamW, over the number of steps: a
  /// curve for each beta3, with the best alpha and learning rate.
  ///
  /// - Parameter beta3s: The decay rates with a curve.
  func chart(_ beta3s: [Double]) -> LineChart {
    let curves = beta3s.map { beta3 in
      curve("β₃ = \(beta3)") { steps in
        best(steps) {
          $0.beta3 == beta3 && $0.warmup == 1
        }
      }
    }
    return LineChart(
      title: "\(title): AdEMAMix beside AdamW, each at its best rate",
      x: Axis("steps", scale: .logarithmic),
      y: Axis("final validation loss beside AdamW's (%)"),
      curves: [curve("AdamW") { adamW($0) }] + curves
        + [curve("suggested") { suggested($0) }])
  }

  private func curve(_ name: String, _ choice: (Int) -> Choice?) -> Curve {
    let pairs = lengths.compactMap { steps -> (Double, MedianAndRange)? in
      guard let adamW = adamW(steps), let choice = choice(steps) else {
        return nil
      }
      return (Double(steps), MedianAndRange(choice.percents(from: adamW)))
    }
    return Curve(name, x: pairs.map(\.0), pairs.map(\.1), markers: .all)
  }
}
