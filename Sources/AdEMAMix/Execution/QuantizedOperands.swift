//===--- QuantizedOperands.swift - elements not all stored as Float -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// Neighbouring elements of one tensor, from the start of a block on, in memory
/// of which some is stored in fewer bits. The scalar type is `Float`:
/// ``MomentStorage`` and ``ParameterBuffers`` allow no other.
@safe struct QuantizedOperands {
  let count: Int
  let operands: ademamix_quantized_operands
  let kernels: UnsafePointer<ademamix_quantized_kernels>
  let rounding: ademamix_rounding
  let coefficients: StepCoefficients

  /// The whole step, without options, of elements from the start of a block on.
  ///
  /// - Parameters:
  ///   - start: The first element.
  ///   - count: The number of elements.
  ///   - gradients: The gradients, where they stand elsewhere.
  func step(
    from start: Int, count: Int, gradients: UnsafePointer<Float>? = nil
  ) {
    var (part, rounding, c) = unsafe (operands, rounding, coefficients.kernel)
    unsafe part.theta = part.theta.map { unsafe $0 + start }
    unsafe part.weights = part.weights.map { unsafe $0 + start }
    unsafe part.corrections = part.corrections.map {
      unsafe $0 + start * part.correction_bytes
    }
    unsafe part.gradients =
      gradients ?? part.gradients.map { unsafe $0 + start }
    unsafe part.bfloat16_gradients =
      gradients == nil
      ? part.bfloat16_gradients.map { unsafe $0 + start } : nil
    unsafe part.bfloat16_theta = part.bfloat16_theta.map { unsafe $0 + start }
    unsafe part.fast = ademamix_moment_at(part.fast, start)
    unsafe part.slow = ademamix_moment_at(part.slow, start)
    unsafe part.second = ademamix_moment_at(part.second, start)
    rounding.first += UInt64(start)
    if coefficients.isRestrained {
      var restraint = coefficients.restraint
      unsafe kernels.pointee.fused_restrained(
        count, &part, rounding, &c, &restraint)
    } else {
      unsafe kernels.pointee.fused(count, &part, rounding, &c)
    }
  }
}

// MARK: - Tiles of a step with options

extension QuantizedOperands {
  /// Writes the gradients of a tile, which are in bfloat16, as Floats.
  func loadGradients(
    from start: Int, count: Int, into gradients: UnsafeMutablePointer<Float>
  ) {
    guard let stored = unsafe operands.bfloat16_gradients else { return }
    unsafe kernels.pointee.widen(count, stored + start, gradients)
  }

  /// Writes the moments of a tile into memory for three tiles: m1 where there
  /// is one, m2 and ν.
  func loadMoments(
    from start: Int, count: Int,
    into tiles: UnsafeMutablePointer<Float>
  ) {
    unsafe forEachMoment(from: start, tiles) { moment, elements in
      unsafe kernels.pointee.load(count, moment, elements)
    }
  }

  /// Encodes moments as ``loadMoments(from:count:into:)`` has decoded them.
  func storeMoments(
    from start: Int, count: Int,
    _ tiles: UnsafeMutablePointer<Float>
  ) {
    var rounding = rounding
    rounding.first += UInt64(start)
    unsafe forEachMoment(from: start, tiles) { moment, elements in
      unsafe kernels.pointee.store(count, elements, rounding, moment)
    }
  }

  /// Rounds the parameters of a tile into their copy, where there is one.
  func copyParameters(
    from start: Int, count: Int
  ) {
    guard let copy = unsafe operands.bfloat16_theta,
      let theta = unsafe operands.theta
    else { return }
    unsafe kernels.pointee.narrow(count, theta + start, copy + start)
  }

  /// Puts the weights of a tile together, where they are split.
  func joinWeights(
    from start: Int, count: Int, into parameters: UnsafeMutablePointer<Float>
  ) {
    let bytes = unsafe operands.correction_bytes
    guard let weights = unsafe operands.weights,
      let corrections = unsafe operands.corrections
    else { return }
    unsafe kernels.pointee.join(
      count, bytes, weights + start, corrections + start * bytes, parameters)
  }

  /// Splits weights as ``joinWeights(from:count:into:)`` puts them together.
  func splitWeights(
    from start: Int, count: Int, _ parameters: UnsafePointer<Float>
  ) {
    let bytes = unsafe operands.correction_bytes
    guard let weights = unsafe operands.weights,
      let corrections = unsafe operands.corrections
    else { return }
    var rounding = rounding
    rounding.first += UInt64(start)
    unsafe kernels.pointee.split(
      count, bytes, parameters, rounding, weights + start,
      corrections + start * bytes)
  }

  private func forEachMoment(
    from start: Int, _ tiles: UnsafeMutablePointer<Float>,
    _ body: (ademamix_quantized_moment, UnsafeMutablePointer<Float>) -> Void
  ) {
    func visit(_ index: Int, _ moment: ademamix_quantized_moment) {
      if unsafe moment.elements == nil { return }
      unsafe body(
        ademamix_moment_at(moment, start), tiles + index * TileGrid.blockLength)
    }
    unsafe visit(0, operands.fast)
    unsafe visit(1, operands.slow)
    unsafe visit(2, operands.second)
  }
}
