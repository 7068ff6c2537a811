//===--- GroupMoments.swift - moments as a caller reads and sets them -----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The moments of one group, as the equations have them: copies, independent of
/// how the optimizer stores them.
public struct GroupMoments<Scalar: OptimizerScalar>: Sendable, Hashable {
  /// The number of steps the moments have taken part in: t in the bias
  /// corrections 1-β1ᵗ and 1-β2ᵗ. From 0 to 2^53.
  public var stepCount: Int
  /// m1, the fast moment. Empty where beta1 is 0.
  public var fast: [Scalar]
  /// m2, the slow moment, which has no bias correction.
  public var slow: [Scalar]
  /// ν, the second moment: an average of squared gradients, at least 0.
  public var second: [Scalar]

  /// Moments in the order of the group's elements. A frozen group has none:
  /// its arrays are empty.
  public init(
    stepCount: Int, fast: [Scalar], slow: [Scalar], second: [Scalar]
  ) {
    self.stepCount = stepCount
    self.fast = fast
    self.slow = slow
    self.second = second
  }
}

/// The name of a moment, in errors.
public enum MomentName: String, Sendable, Hashable, CaseIterable {
  /// m1
  case fast
  /// m2
  case slow
  /// ν
  case second
}
