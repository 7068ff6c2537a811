//===--- OptimizerScalar.swift - the two types an optimizer works on ------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// A floating-point type that an optimizer can work on: `Float` or `Double`.
///
/// Do not conform other types: BLAS and the kernels exist for these two.
public protocol OptimizerScalar:
  BinaryFloatingPoint, BitwiseCopyable, Sendable, ParameterElement
where Scalar == Self {
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
  /// Any of them in stages, with options.
  let staged:
    @Sendable (StagedRun<Scalar>, UnsafeMutablePointer<SegmentSums>) -> Void

  /// The index of the first element that is negative, or the count.
  let firstNegative: @Sendable (Int, Input) -> Int

  /// y ← y + a·x: count, a, x, y.
  let axpy: @Sendable (Int, Scalar, Input, Output) -> Void
  /// x ← a·x: count, a, x.
  let scal: @Sendable (Int, Scalar, Output) -> Void
  /// x ↔ y: count, x, y.
  let swap: @Sendable (Int, Output, Output) -> Void

  // The kernels of CAdEMAMixKernels. The second number is that of elements to
  // the next tile.

  /// squares ← g²: g, θ, squares.
  let square: @Sendable (InstructionSet, Int, Int, Input, Input, Output) -> Void
  /// The update of the parameters alone: θ, m1 or g, m2, ν.
  let update:
    @Sendable (
      InstructionSet, Int, Int, Output, Input, Input, Input, StepCoefficients
    ) -> Void
  /// The sum of squares: g, sum, residue, scale.
  let squareSum:
    @Sendable (InstructionSet, Int, Int, Input, Output?, Output?, Double) ->
      Double
  /// sum ← sum + scale·g: scale, g, sum, residue.
  let accumulate:
    @Sendable (InstructionSet, Int, Int, Double, Input, Output, Output) -> Void
  /// The treatment of a gradient: g, sum, residue, treated.
  let treat:
    @Sendable (
      InstructionSet, Int, Int, Input, Output?, Output?, ademamix_treatment,
      Output
    ) -> Void
  /// The update of the moments alone.
  let average: @Sendable (InstructionSet, Int, Run<Scalar>) -> Void
  /// The part of the update that the moments make.
  let direction: @Sendable (InstructionSet, Int, Run<Scalar>, Output) -> Void
  /// θ ← θ - (direction + decay·θ).
  let apply: @Sendable (InstructionSet, Int, Output, Input, Double) -> Void
  /// How many elements of a direction agree with their gradient.
  let agreement: @Sendable (InstructionSet, Int, Input, Input) -> Int
  /// 0 for the others.
  let mask: @Sendable (InstructionSet, Int, Output, Input) -> Void
  /// The sum of the squares of updates without a memory, the gradient being
  /// multiplied by a factor.
  let excess: @Sendable (InstructionSet, Run<Scalar>, Double) -> Double
  /// Adds sums of squares.
  let measure:
    @Sendable (InstructionSet, Run<Scalar>, Input, inout ademamix_measurement)
      -> Void
}
