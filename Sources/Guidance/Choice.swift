//===--- Choice.swift - hyperparameters that a study tried ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Numerals
import Studies

/// Hyperparameters for a number of steps, and the losses of their runs.
struct Choice {
  /// The runs, which differ in their seeds alone, in the order of the seeds.
  let results: [StudyResult]

  /// The settings of the runs, with the first seed.
  var run: StudyRun { results[0].run }

  /// The final validation losses, in the order of the seeds.
  var losses: [Double] { results.map(\.finalLoss) }

  /// The mean of the final validation losses, in nats.
  var mean: Double { Spread(losses).mean }

  /// The mean and the standard deviation as text.
  var text: String { Spread(losses).text() }

  /// How far the mean lies from that of another choice, in percent of the
  /// other, with a sign.
  func percentText(beside other: Choice) -> String {
    let percent = 100 * (mean / other.mean - 1)
    let sign = percent < 0 ? "−" : "+"
    return "\(sign)\(abs(percent).text(decimals: 1)) %"
  }
}
