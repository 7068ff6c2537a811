//===--- GradientTransform.swift - gradients on their way to the moments --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// The change of each element of a gradient before the moments take it in.
///
/// A moderate factor alone needs no transform: it is multiplied into the
/// coefficients. A transform writes the elements anew, tile by tile.
struct GradientTransform {
  /// The factor of a call's gradient before it is added to the sum of earlier
  /// gradients.
  let scale: Double
  /// The factor that makes a mean of that sum.
  let mean: Double
  /// The largest magnitude.
  let limit: Double
  /// Whether elements count as 0 that make the mean other than finite.
  let zeroes: Bool
  /// Whether the gradient is wanted alone, to be added to the sum.
  let alone: Bool

  /// The factors that are multiplied into the coefficients. Within this range
  /// the square of a factor is a `Float`.
  static let foldable = 0x1p-30...0x1p30

  /// The same for the kernels, with a factor of the slice, and the largest
  /// magnitude of elements in memory.
  func kernel(factor: Double, bound: Double) -> ademamix_gradient_transform {
    ademamix_gradient_transform(
      scale: scale, mean: mean, factor: factor, limit: limit, bound: bound,
      zeroes: zeroes, alone: alone)
  }
}
