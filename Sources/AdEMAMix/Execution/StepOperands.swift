//===--- StepOperands.swift - neighbouring elements to be updated alike ---===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// Neighbouring elements of one tensor, with everything a step does to them.
@safe struct StepOperands<Scalar> {
  /// From the start of a tile on.
  let count: Int
  /// Where an update is to be written instead, what takes it.
  let parameters: UnsafeMutablePointer<Scalar>
  let gradients: UnsafePointer<Scalar>
  /// What has accumulated of earlier gradients, if any.
  let accumulated: UnsafeMutablePointer<Scalar>?
  /// What rounding has lost of it, where that is kept.
  let compensation: UnsafeMutablePointer<Scalar>?
  /// `nil` where beta1 is 0.
  let fast: UnsafeMutablePointer<Scalar>?
  let slow: UnsafeMutablePointer<Scalar>
  let second: UnsafeMutablePointer<Scalar>
  let coefficients: StepCoefficients

  /// Elements from `start` on, with a gradient that stands elsewhere.
  func tile(
    from start: Int, count: Int, gradients: UnsafePointer<Scalar>
  ) -> StepOperands {
    unsafe StepOperands(
      count: count, parameters: parameters + start, gradients: gradients,
      accumulated: accumulated.map { unsafe $0 + start },
      compensation: compensation.map { unsafe $0 + start },
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

  /// What stands for the fast moment in a direction.
  var fastOrGradients: UnsafePointer<Scalar> {
    unsafe fast.map { unsafe UnsafePointer($0) } ?? gradients
  }
}
