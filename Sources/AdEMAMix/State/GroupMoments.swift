//===--- GroupMoments.swift - moments as a caller reads and sets them -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The moments of one group, as the equations have them: copies, independent of
/// how the optimizer stores them. They compare as arrays of numbers do: NaN
/// equals nothing.
public struct GroupMoments<Scalar: OptimizerScalar>: Sendable, Hashable {
  /// The steps the moments have taken part in.
  public var stepCounts: MomentStepCounts
  /// The steps of each tensor that has elements here, in the order of the
  /// group, where some step has left some tensor alone. Empty where all tensors
  /// have taken part in all steps.
  public var tensorStepCounts: [MomentStepCounts] = []
  /// m1, the fast moment. Empty where beta1 is 0.
  public var fast: [Scalar]
  /// m2, the slow moment, which has no bias correction.
  public var slow: [Scalar]
  /// ν, the second moment: an average of squared gradients, at least 0.
  public var second: [Scalar]

  /// Moments in the order of the group's elements, all of the same age. A group
  /// that has been frozen from the start has none: its arrays are empty.
  public init(
    stepCount: Int, fast: [Scalar], slow: [Scalar], second: [Scalar]
  ) {
    self.init(
      stepCounts: MomentStepCounts(stepCount), fast: fast, slow: slow,
      second: second)
  }

  /// Moments in the order of the group's elements.
  public init(
    stepCounts: MomentStepCounts, fast: [Scalar], slow: [Scalar],
    second: [Scalar]
  ) {
    self.stepCounts = stepCounts
    self.fast = fast
    self.slow = slow
    self.second = second
  }

  /// The moments of an AdamW run, to go on with AdEMAMix as in the paper's
  /// appendix C.1.3.
  ///
  ///     try optimizer.restore(
  ///       stepCount: count,
  ///       moments: [.adamW(stepCount: count, first: m, second: v)])
  ///
  /// The slow moment starts at 0, and its schedules at their start. Late in
  /// training the paper takes no warm-up, and an alpha of 1 to 2. The way back
  /// is ``fast`` and ``second``.
  ///
  /// - Parameters:
  ///   - stepCount: The steps of the run, from 0 to 2^53.
  ///   - first: m, without bias correction; empty where beta1 is 0.
  ///   - second: v, without bias correction, at least 0.
  /// - Returns: The moments of one group.
  public static func adamW(
    stepCount: Int, first: [Scalar], second: [Scalar]
  ) -> GroupMoments {
    var moments = GroupMoments(
      stepCount: stepCount, fast: first,
      slow: Array(repeating: 0, count: second.count), second: second)
    moments.stepCounts.slow = 0
    return moments
  }
}
