//===--- StepEngine.swift - the three ways to compute a step -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// How a step is computed.
///
/// All engines keep the same state, so they can be changed between two steps.
/// Results differ in rounding alone.
public enum StepEngine: String, Sendable, Hashable, Codable, CaseIterable {
  /// The updates of the three moments through CBLAS, `axpy` and now and then
  /// `scal`, tile by tile; then the parameters in a C kernel, since BLAS has
  /// no root or quotient. The moments of a group that skips gradients of 0 are
  /// updated in C as well: BLAS has no routine that leaves elements out.
  case blas

  /// Everything in one pass of a C kernel: the same bits on every processor.
  /// The fastest where the moments fit in a cache, and as fast as `blas` where
  /// memory is the limit.
  case fused

  /// The equations as a plain Swift loop, one element at a time: slow, and easy
  /// to check against the paper.
  case reference
}
