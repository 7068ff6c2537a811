//===--- Contestant.swift - work that is timed ----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// Work that is timed, in turn with other work.
struct Contestant<Label> {
  let label: Label
  /// Preparation for each time, which does not count. A contestant with a
  /// preparation makes one step in a time.
  var prepare: (() throws -> Void)?
  /// Makes a number of steps.
  let run: (_ steps: Int) throws -> Void
}
