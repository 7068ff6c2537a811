//===--- MomentStepCounts.swift - the steps of each moment ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The steps that each moment of a group has taken part in. From 0 to 2^53.
///
/// The counts differ where a moment began later than the others: the slow one
/// after a switch from AdamW, the fast one where beta1 was 0 before.
public struct MomentStepCounts: Sendable, Hashable {
  /// t in the bias correction 1-β1ᵗ.
  public var fast: Int
  /// The count that the schedules of alpha and beta3 see.
  public var slow: Int
  /// t in the bias correction 1-β2ᵗ.
  public var second: Int

  /// The same count for all.
  public init(_ count: Int) {
    (fast, slow, second) = (count, count, count)
  }
}

extension MomentStepCounts {
  /// Checks counts that come from outside.
  func check(stepCount: Int, group: String) throws(AdEMAMixError) {
    for count in [fast, slow, second] {
      try checkStepCount(count, group: group)
    }
    for (moment, count) in [
      (MomentName.fast, fast), (.slow, slow), (.second, second),
    ] where count > stepCount {
      throw .momentStepCount(moment, count, stepCount: stepCount, group: group)
    }
  }
}

/// Checks a count that comes from outside.
func checkStepCount(_ count: Int, group: String?) throws(AdEMAMixError) {
  guard (0...Int.largestCount).contains(count) else {
    throw .stepCount(count, group: group)
  }
}
