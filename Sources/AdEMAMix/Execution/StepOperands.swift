//===--- StepOperands.swift - what an engine works on --------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// Neighbouring elements of one tensor in memory of the scalar type, with
/// everything that an engine does to them.
@safe struct StepOperands<Scalar> {
  /// From the start of a tile on.
  let count: Int
  /// Receives the direction where a call writes it instead of applying it.
  let parameters: UnsafeMutablePointer<Scalar>
  let gradients: UnsafePointer<Scalar>
  /// `nil` where beta1 is 0.
  let fast: UnsafeMutablePointer<Scalar>?
  let slow: UnsafeMutablePointer<Scalar>
  let second: UnsafeMutablePointer<Scalar>
  let coefficients: StepCoefficients

  /// Elements from `start` on, with gradients that stand elsewhere.
  func tile(
    from start: Int, count: Int, gradients: UnsafePointer<Scalar>
  ) -> StepOperands {
    unsafe StepOperands(
      count: count, parameters: parameters + start, gradients: gradients,
      fast: fast.map { unsafe $0 + start },
      slow: slow + start, second: second + start, coefficients: coefficients)
  }

  /// Replaces the gradients by others within the limit, where one is beyond it.
  /// Returns whether one is.
  mutating func clampGradients(
    to limit: Double, _ table: KernelTable<Scalar>,
    into clamped: UnsafeMutablePointer<Scalar>
  ) -> Bool where Scalar: OptimizerScalar {
    guard
      unsafe table.kernels.pointee.clamp(count, limit, gradients, clamped)
    else { return false }
    self = unsafe tile(from: 0, count: count, gradients: clamped)
    return true
  }

  /// The fast moment, or the gradients that stand for it in a direction.
  var fastOrGradients: UnsafePointer<Scalar> {
    unsafe fast.map { unsafe UnsafePointer($0) } ?? gradients
  }
}
