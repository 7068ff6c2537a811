//===--- TilePipeline+Quantized.swift - tiles that are decoded first ------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension TilePipeline {
  /// Scratch for the moments of a tile as scalars: m1, m2 and ν.
  private var moments: UnsafeMutablePointer<Scalar> {
    unsafe scratch + 3 * tileCount
  }
  /// Scratch for its gradients, where they are narrow or there are none.
  private var widened: UnsafeMutablePointer<Scalar> {
    unsafe scratch + 6 * tileCount
  }

  /// Sets the gradients of every tile to 0, where there are none.
  func clearMissingGradients() {
    if options.hasGradient { return }
    unsafe widened.update(repeating: 0, count: tileCount)
  }

  private func gradients(
    from start: Int, isNarrow: Bool
  ) -> UnsafePointer<Scalar> {
    unsafe options.hasGradient && !isNarrow
      ? run.gradients + start : UnsafePointer(widened)
  }

  /// A tile, from one of its elements on, in memory of the scalar type.
  func loaded(from start: Int) -> StepOperands<Scalar> {
    let count = min(tileCount, run.count - start)
    guard let quantized else {
      return unsafe run.tile(
        from: start, count: count,
        gradients: gradients(from: start, isNarrow: false))
    }
    if options.hasGradient {
      unsafe quantized.loadGradients(
        from: start, count: count, into: widened.cast(to: Float.self))
    }
    switch work {
    case .step, .moments, .parameters:
      unsafe quantized.loadMoments(
        from: start, count: count, into: moments.cast(to: Float.self))
    case .accumulate, .scan, .clear: break
    }
    return unsafe StepOperands(
      count: count, parameters: run.parameters + start,
      gradients: gradients(from: start, isNarrow: quantized.isNarrow),
      accumulated: run.accumulated.map { unsafe $0 + start },
      compensation: run.compensation.map { unsafe $0 + start },
      fast: run.fast.map { _ in unsafe moments },
      slow: moments + tileCount, second: moments + 2 * tileCount,
      coefficients: run.coefficients)
  }

  /// Encodes the moments of a tile, where they are stored in fewer bits.
  func storeMoments(_ tile: StepOperands<Scalar>, from start: Int) {
    unsafe quantized?.storeMoments(
      from: start, count: tile.count, moments.cast(to: Float.self))
  }

  /// Rounds the parameters of a tile into their copy, where there is one.
  func copyParameters(_ tile: StepOperands<Scalar>, from start: Int) {
    quantized?.copyParameters(from: start, count: tile.count)
  }
}
