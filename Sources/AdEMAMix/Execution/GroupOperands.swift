//===--- GroupOperands.swift - the coefficients and memory of one group ---===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The coefficients and the memory of one group, for the passes of a step.
///
/// Tensors that were left alone in other steps have operands of their own.
struct GroupOperands<Scalar: OptimizerScalar> {
  /// The index of the group.
  let group: Int
  var coefficients: StepCoefficients
  /// The scales once the step is done.
  var scales: MomentScales
  /// `nil` where the shard owns no element of the group.
  var buffers: MomentBuffers<Scalar>?
  /// The accumulated gradients, where there are any.
  var accumulated: GradientBuffer<Scalar>?
  /// The compensation of their rounding, where one is kept.
  var compensation: GradientBuffer<Scalar>?
  /// The corrections of weights that are split.
  var corrections: CorrectionBuffer?
}
