//===--- GradientOperands.swift - the gradient of a tile -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The gradient of a tile, and the sum of earlier gradients that it belongs to.
@safe struct GradientOperands<Scalar> {
  let count: Int
  let gradients: UnsafePointer<Scalar>
  /// The sum of earlier gradients, if there is one.
  let accumulated: UnsafeMutablePointer<Scalar>?
  /// The sum's rounding errors, where they are kept.
  let compensation: UnsafeMutablePointer<Scalar>?
}
