//===--- Run.swift - neighbouring elements to be updated alike ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Neighbouring elements of one tensor, with everything a step does to them.
@safe struct Run<Scalar> {
  /// From the start of a tile on.
  let count: Int
  /// Where an update is to be written instead, what takes it.
  let parameters: UnsafeMutablePointer<Scalar>
  let gradients: UnsafePointer<Scalar>
  /// What has accumulated of earlier gradients, if any.
  let sum: UnsafeMutablePointer<Scalar>?
  /// What rounding has lost of it, where that is kept.
  let residue: UnsafeMutablePointer<Scalar>?
  /// `nil` where beta1 is 0.
  let fast: UnsafeMutablePointer<Scalar>?
  let slow: UnsafeMutablePointer<Scalar>
  let second: UnsafeMutablePointer<Scalar>
  let coefficients: StepCoefficients

  /// Elements from `start` on, with a gradient that stands elsewhere.
  func tile(
    from start: Int, count: Int, gradients: UnsafePointer<Scalar>
  ) -> Run {
    unsafe Run(
      count: count, parameters: parameters + start, gradients: gradients,
      sum: sum.map { unsafe $0 + start },
      residue: residue.map { unsafe $0 + start },
      fast: fast.map { unsafe $0 + start },
      slow: slow + start, second: second + start, coefficients: coefficients)
  }

  /// What stands for the fast moment in a direction.
  var fastOrGradients: UnsafePointer<Scalar> {
    unsafe fast.map { unsafe UnsafePointer($0) } ?? gradients
  }
}
