//===--- NonFinitePolicy.swift - what becomes of gradients like NaN -------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What becomes of gradients with NaN or infinite elements, or elements that
/// become so in the scalar type once they are scaled and accumulated.
///
/// What has accumulated before is not held against a gradient. One of them would stay in the slow moment for thousands of steps. All
/// policies but ``propagate`` look at the whole gradient before anything changes:
/// one more read of it, which clipping by norm needs anyway.
public enum NonFinitePolicy: Sendable, Hashable, Codable {
  /// They follow IEEE arithmetic, and stay in the moments of the elements they
  /// meet.
  case propagate
  /// The call throws ``AdEMAMixError/nonFiniteGradient(value:index:tensor:)``.
  case `throw`
  /// The call does nothing, as if it had not been made, except that it is
  /// counted; after `limit` such calls in a row the next throws
  /// ``AdEMAMixError/tooManySkippedSteps(limit:)``. At least 0.
  case skipStep(limit: Int)
  /// They are replaced by 0, and counted.
  case zeroElements
}
