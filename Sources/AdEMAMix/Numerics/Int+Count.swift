//===--- Int+Count.swift - counts that stop at 2^53 -----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension Int {
  /// The largest count of a run: schedules and bias corrections take counts as
  /// a `Double`, which is exact up to here.
  static let largestCount = 1 << 53

  /// Counts `number` more, 2^53 at most, up to 2^53: no run must come to a
  /// state that a checkpoint cannot have.
  mutating func count(_ number: Int = 1) {
    self = Swift.min(self + number, Self.largestCount)
  }
}
