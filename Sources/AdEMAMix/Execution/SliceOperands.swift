//===--- SliceOperands.swift - elements of a slice as stored -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// Neighbouring elements of one tensor and their state, each in the type that
/// it is stored in.
@safe struct SliceOperands<Scalar: OptimizerScalar> {
  /// From the start of a tile on.
  let count: Int
  /// The caller's memory.
  let memory: ElementMemory<Scalar>
  /// The moments of the group.
  let buffers: MomentBuffers<Scalar>
  /// The elements' slice of the moments, and the first element in the slice.
  let moments: MomentSlice
  let start: Int
  /// The sum of earlier gradients, if there is one.
  let accumulated: UnsafeMutablePointer<Scalar>?
  /// The sum's rounding errors, where they are kept.
  let compensation: UnsafeMutablePointer<Scalar>?
  /// The corrections of weights that are split, and the bytes of each.
  let corrections: UnsafeMutableRawPointer?
  let correctionByteCount: Int
  let coefficients: StepCoefficients
  /// The first element counted in the layout, and the steps completed: rounding
  /// of moments in few bits depends on both.
  let firstElement: Int
  let stepCount: Int

  /// Whether the moments and the caller's memory are all of the scalar type.
  var isScalar: Bool {
    unsafe buffers.storage.isFull && memory.bfloat16Copy == nil
      && memory.bfloat16Gradients == nil && memory.weights == nil
  }

  /// The operands of an engine; `nil` where some of the memory is not of the
  /// scalar type, and where there are no gradients.
  var scalar: StepOperands<Scalar>? {
    guard isScalar, let parameters = unsafe memory.parameters,
      let gradients = unsafe memory.gradients
    else { return nil }
    return unsafe scalar(parameters: parameters, gradients: gradients)
  }

  /// The operands of an engine, with parameters and gradients that may stand
  /// elsewhere. The moments must be of the scalar type.
  func scalar(
    parameters: UnsafeMutablePointer<Scalar>, gradients: UnsafePointer<Scalar>
  ) -> StepOperands<Scalar> {
    let first = moments.start + start
    return unsafe StepOperands(
      count: count, parameters: parameters, gradients: gradients,
      fast: buffers.fast.map { unsafe $0.scalars + first },
      slow: buffers.slow.scalars + first,
      second: buffers.second.scalars + first, coefficients: coefficients)
  }

  /// The operands of the kernels for moments in few bits and for bfloat16.
  func quantized(_ table: KernelTable<Scalar>) -> QuantizedOperands {
    let noMoment = unsafe ademamix_quantized_moment(
      elements: nil, maxima: nil, format: buffers.storage.fast.code(of: .fast))
    return unsafe QuantizedOperands(
      count: count,
      operands: ademamix_quantized_operands(
        theta: memory.parameters?.cast(to: Float.self),
        weights: memory.weights?.cast(to: UInt16.self),
        corrections: corrections, correction_bytes: correctionByteCount,
        gradients: memory.gradients?.cast(to: Float.self),
        bfloat16_gradients: memory.bfloat16Gradients?.cast(to: UInt16.self),
        bfloat16_theta: memory.bfloat16Copy?.cast(to: UInt16.self),
        fast: buffers.fast.map { unsafe $0.quantized(moments, from: start) }
          ?? noMoment,
        slow: buffers.slow.quantized(moments, from: start),
        second: buffers.second.quantized(moments, from: start)),
      kernels: table.quantized,
      rounding: ademamix_rounding(
        seed: UInt64(buffers.storage.seed), first: UInt64(firstElement),
        step: UInt64(stepCount)),
      coefficients: coefficients)
  }
}
