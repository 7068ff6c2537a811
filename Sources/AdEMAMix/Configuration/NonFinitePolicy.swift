//===--- NonFinitePolicy.swift - what becomes of gradients like NaN -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The treatment of gradients with NaN or infinite elements, or elements that
/// leave the range of the scalar type once they are scaled and accumulated.
///
/// A policy judges the gradient of a call, not micro-batches that have
/// accumulated before. A NaN that got into the slow moment would stay there for
/// thousands of steps. All policies but ``propagate`` look at the whole
/// gradient before anything changes: one more read of it, which clipping by
/// norm needs anyway.
///
/// A finite gradient passes all of them, unless scaling or accumulation takes
/// an element out of the scalar type's range, which ``propagate`` alone lets
/// pass. Elements beyond 2^58 (2.9e17) in `Float`, beyond 2^240 (1.8e72) in
/// `Double`, then count as that number of their sign. So their parameters move
/// as far as the equations let any gradient move them. The bound comes after
/// scaling and clipping; before scaling with a gradient scale
/// from 2^-30 to 1 and no clipping by norm.
public enum NonFinitePolicy: Sendable, Hashable, Codable {
  /// Such elements follow IEEE arithmetic, and stay in their moments.
  case propagate
  /// The call throws ``AdEMAMixError/Code/nonFiniteGradient``.
  case `throw`
  /// The call does nothing, as if it had not been made, except that it is
  /// counted; after `limit` such calls in a row the next throws
  /// ``AdEMAMixError/Code/tooManySkippedSteps``. At least 0.
  case skipStep(limit: Int)
  /// Such elements are replaced by 0, and counted.
  case zeroElements
}
