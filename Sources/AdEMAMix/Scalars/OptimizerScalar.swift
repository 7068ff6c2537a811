//===--- OptimizerScalar.swift - the two types an optimizer works on ------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A floating-point type that an optimizer can work on: `Float` or `Double`.
///
/// Do not conform other types: BLAS and the kernels exist for these two.
public protocol OptimizerScalar:
  BinaryFloatingPoint, BitwiseCopyable, Sendable
{
  /// The routines of this type. Not for clients.
  static var _routines: _ScalarRoutines<Self> { get }
}

/// The engines and BLAS routines of one scalar type. Not for clients.
@safe public struct _ScalarRoutines<Scalar: OptimizerScalar>: Sendable {
  typealias Input = UnsafePointer<Scalar>
  typealias Output = UnsafeMutablePointer<Scalar>

  /// The three engines, compiled for this type.
  let blas: @Sendable (Run<Scalar>, InstructionSet, _ squares: Output) -> Void
  let fused: @Sendable (Run<Scalar>, InstructionSet) -> Void
  let reference: @Sendable (Run<Scalar>) -> Void

  /// y ← y + a·x: count, a, x, y.
  let axpy: @Sendable (Int, Scalar, Input, Output) -> Void
  /// x ← a·x: count, a, x.
  let scal: @Sendable (Int, Scalar, Output) -> Void
  /// squares ← g²: count, elements to the next tile, g, θ, squares.
  let square: @Sendable (InstructionSet, Int, Int, Input, Input, Output) -> Void
  /// The update of the parameters alone: count, elements to the next tile, θ,
  /// m1 or g, m2, ν.
  let update:
    @Sendable (
      InstructionSet, Int, Int, Output, Input, Input, Input, StepCoefficients
    ) -> Void
}
