//===--- ContestantTimes.swift - medians, and ratios of them --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The times of one contestant.
struct ContestantTimes<Label> {
  let label: Label
  /// Nanoseconds a step, round by round.
  private let times: [Double]

  init(_ label: Label, times: [Double]) {
    self.label = label
    self.times = times
  }

  /// The least time; NaN if there is none.
  var minimum: Double { times.min() ?? .nan }

  var median: Double { Self.median(times) }

  /// These times over those of another contestant in the same rounds.
  ///
  /// The median of the rounds' ratios says more than a ratio of medians: a
  /// machine that is slower for some rounds is so for both contestants.
  func ratio(to other: ContestantTimes) -> Double {
    Self.median(zip(times, other.times).map { $0 / $1 })
  }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}
