//===--- AdEMAMixError+State.swift - state that is refused ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension AdEMAMixError {
  /// A step count outside `0 ... 2^53`. `group` is `nil` for the optimizer's
  /// own.
  package static func stepCount(
    _ count: Int, group: String?
  ) -> Self {
    AdEMAMixError(
      .invalidState,
      "\(count) steps\(group.map { " of group '\($0)'" } ?? ""): there must be "
        + "0 to 2^53", group: group, value: Double(count))
  }

  /// A moment has taken part in more steps than the optimizer has completed.
  package static func momentStepCount(
    _ moment: MomentName, _ count: Int, stepCount: Int, group: String
  ) -> Self {
    AdEMAMixError(
      .invalidState,
      "the \(moment) moment of group '\(group)' has taken part in \(count) steps: "
        + "the optimizer has completed \(stepCount)", group: group,
      value: Double(count))
  }

  /// Moments were given for another number of groups.
  package static func momentGroupCount(
    _ count: Int, expected: Int
  ) -> Self {
    wrongCount("moments of \(count) groups", count, expected: expected)
  }

  /// Moments of a group have the wrong count.
  package static func momentCount(
    _ moment: MomentName, _ count: Int, expected: Int, group: String
  ) -> Self {
    wrongCount(
      "\(count) elements in the \(moment) moment of group '\(group)'",
      count, expected: expected, group: group)
  }

  /// Step counts of tensors were given for another number of tensors.
  package static func tensorStepCounts(
    _ count: Int, expected: Int, group: String
  ) -> Self {
    AdEMAMixError(
      .wrongCount,
      "step counts of \(count) tensors of group '\(group)': there must be "
        + "\(expected), or none", group: group, value: Double(count))
  }

  /// A second moment is negative.
  package static func invalidSecondMoment(
    value: Double, index: Int, group: String
  ) -> Self {
    AdEMAMixError(
      .invalidState,
      "element \(index) of the second moment of group '\(group)' is \(value): "
        + "it must be at least 0", group: group, index: index, value: value)
  }

  /// A stored scale of a moment outside 1/16 ... 1, or of a slow one, which may
  /// have been damped, outside 2^-1022 ... 1.
  package static func momentScale(
    _ scale: Double, group: String
  ) -> Self {
    AdEMAMixError(
      .invalidState,
      "a moment of group '\(group)' has a scale of \(scale): it must lie in "
        + "1/16 ... 1, or that of the slow moment in 2^-1022 ... 1",
      group: group, value: scale)
  }

  /// A factor of the slow moment outside 0 ... 1.
  package static func dampingFactor(
    _ factor: Double
  ) -> Self {
    AdEMAMixError(
      .invalidArgument,
      "the slow moment damped by \(factor): it must lie in 0 ... 1",
      value: factor)
  }
}
