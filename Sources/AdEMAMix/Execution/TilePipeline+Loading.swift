//===--- TilePipeline+Loading.swift - tiles as scalars -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension TilePipeline {
  /// Scratch for the moments of a tile as scalars: m1, m2 and ν.
  private var moments: UnsafeMutablePointer<Scalar> {
    unsafe scratch + 3 * tileLength
  }
  /// Scratch for gradients that are in bfloat16, and for those that are 0
  /// because the call has none.
  private var widened: UnsafeMutablePointer<Scalar> {
    unsafe scratch + 6 * tileLength
  }

  /// Scratch for parameters that are split.
  var parameterScratch: UnsafeMutablePointer<Scalar> {
    unsafe scratch + 7 * tileLength
  }

  /// Sets the gradients of every tile to 0, where the call has none.
  func clearMissingGradients() {
    if options.hasGradient { return }
    unsafe widened.update(repeating: 0, count: tileLength)
  }

  /// The gradient of a tile, from one of the elements on.
  func loadGradients(from start: Int) -> GradientOperands<Scalar> {
    let count = min(tileLength, operands.count - start)
    var gradients = unsafe UnsafePointer(widened)
    if options.hasGradient {
      if let stored = unsafe operands.memory.gradients {
        unsafe gradients = stored + start
      } else {
        unsafe quantized?.loadGradients(
          from: start, count: count, into: widened.cast(to: Float.self))
      }
    }
    return unsafe GradientOperands(
      count: count, gradients: gradients,
      accumulated: operands.accumulated.map { unsafe $0 + start },
      compensation: operands.compensation.map { unsafe $0 + start })
  }

  /// A tile whose moments are scalars: where they stand, or decoded.
  func loadMoments(
    from start: Int, gradients: UnsafePointer<Scalar>
  ) -> StepOperands<Scalar> {
    let count = min(tileLength, operands.count - start)
    if let scalar {
      return unsafe scalar.tile(
        from: start, count: count, gradients: gradients)
    }
    guard let quantized else {
      guard let parameters = unsafe operands.memory.parameters else {
        preconditionFailure("weights that are split are no scalars")
      }
      return unsafe operands.scalar(
        parameters: parameters, gradients: gradients
      ).tile(from: start, count: count, gradients: gradients)
    }
    var parameters = unsafe parameterScratch
    if let stored = unsafe operands.memory.parameters {
      unsafe parameters = stored + start
    } else {
      unsafe quantized.joinWeights(
        from: start, count: count, into: parameters.cast(to: Float.self))
    }
    unsafe quantized.loadMoments(
      from: start, count: count, into: moments.cast(to: Float.self))
    return unsafe StepOperands(
      count: count, parameters: parameters,
      gradients: gradients, fast: operands.buffers.hasFast ? moments : nil,
      slow: moments + tileLength, second: moments + 2 * tileLength,
      coefficients: operands.coefficients)
  }

  /// Encodes the moments of a tile, where they are stored in fewer bits.
  func storeMoments(_ tile: StepOperands<Scalar>, from start: Int) {
    unsafe quantized?.storeMoments(
      from: start, count: tile.count, moments.cast(to: Float.self))
  }

  /// Splits the parameters of a tile, where they are split, or rounds them into
  /// their copy, where there is one.
  func storeParameters(_ tile: StepOperands<Scalar>, from start: Int) {
    guard let quantized else { return }
    if unsafe operands.memory.parameters == nil {
      unsafe quantized.splitWeights(
        from: start, count: tile.count, tile.parameters.cast(to: Float.self))
    }
    quantized.copyParameters(from: start, count: tile.count)
  }
}
