//===--- DistributedAdEMAMix+Sending.swift - the type that is sent --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMix

extension DistributedAdEMAMix where Scalar == Float {
  /// Whether gradients in `Float` are rounded to bfloat16 to be sent: half the
  /// bytes. `false` at first, and the same on all ranks, or the next step
  /// throws ``DistributedError/Code/disagreement``.
  ///
  ///     optimizer.sendsBFloat16Gradients = true
  ///
  /// Each gradient becomes the nearest bfloat16, on the rank that keeps it too,
  /// so that a sum does not depend on who makes it. Sums are made in `Double`,
  /// in the order of the ranks, and rounded to `Float` once. The error of a sum
  /// is at most 2^-8 of the sum of the gradients' magnitudes, for gradients
  /// that bfloat16 has as normal numbers. A finite gradient above the largest
  /// bfloat16, 3.39e38, becomes infinite.
  ///
  /// Such steps pack what they send, and leave the caller's gradients as they
  /// are: also those that a step may change.
  public var sendsBFloat16Gradients: Bool {
    get { roundsGradients }
    set {
      roundsGradients = newValue
      digest = nil
    }
  }
}

#endif
