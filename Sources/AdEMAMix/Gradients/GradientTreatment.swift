//===--- GradientTreatment.swift - gradients on their way to the moments --===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What each element of a gradient becomes before the moments take it in.
///
/// Where there is nothing to do but multiply by a moderate factor, the step's
/// scalars do it; otherwise elements are written anew, tile by tile.
struct GradientTreatment {
  /// What a call's gradient is multiplied by, before it is added to the sum of
  /// earlier ones.
  var scale = 1.0
  /// What that sum is multiplied by to be a mean.
  var mean = 1.0
  /// The largest magnitude.
  var limit = Double.infinity
  /// Whether elements count as 0 that make the mean other than finite.
  var zeroes = false
  /// Whether the gradient is wanted alone, to be added to the sum.
  var alone = false

  /// Factors that the step's scalars take on. Their squares exist in single
  /// precision; so do those of gradients up to 1e9 times what they become.
  static let foldable = 0x1p-30...0x1p30
}

/// The factors of one segment.
struct SegmentFactors {
  /// What the gradient is multiplied by, element by element.
  var explicit = 1.0
  /// What the step's scalars multiply it by.
  var folded = 1.0
  /// What the moments' part of the update is multiplied by.
  var update = 1.0
  /// What the whole update is multiplied by, weight decay included.
  var rate = 1.0
}
