//===--- Run.swift - neighbouring elements to be updated alike ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Neighbouring elements of one tensor, with everything a step does to them.
@safe struct Run<Scalar> {
  /// From the start of a tile on.
  let count: Int
  let parameters: UnsafeMutablePointer<Scalar>
  let gradients: UnsafePointer<Scalar>
  /// `nil` where beta1 is 0.
  let fast: UnsafeMutablePointer<Scalar>?
  let slow: UnsafeMutablePointer<Scalar>
  let second: UnsafeMutablePointer<Scalar>
  let coefficients: StepCoefficients
}
