//===--- StagedRun+Stored.swift - tiles that are decoded first ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension StagedRun {
  /// Scratch for the moments of a tile as scalars: m1, m2 and ν.
  private var moments: UnsafeMutablePointer<Scalar> {
    unsafe scratch + 3 * tileCount
  }
  /// Scratch for its gradients, where they are narrow.
  private var widened: UnsafeMutablePointer<Scalar> {
    unsafe scratch + 6 * tileCount
  }

  /// A tile, from one of its elements on, in memory of the scalar type.
  func loaded(from start: Int) -> Run<Scalar> {
    let count = min(tileCount, run.count - start)
    guard let stored else {
      return unsafe run.tile(
        from: start, count: count, gradients: run.gradients + start)
    }
    unsafe stored.loadGradients(
      instructionSet, from: start, count: count, into: floats(widened))
    switch work {
    case .step, .average, .apply:
      unsafe stored.loadMoments(
        instructionSet, from: start, count: count, into: floats(moments))
    case .accumulate, .survey, .clear: break
    }
    return unsafe Run(
      count: count, parameters: run.parameters + start,
      gradients: stored.isNarrow
        ? UnsafePointer(widened) : run.gradients + start,
      sum: run.sum.map { unsafe $0 + start },
      residue: run.residue.map { unsafe $0 + start },
      fast: run.fast.map { _ in unsafe moments },
      slow: moments + tileCount, second: moments + 2 * tileCount,
      coefficients: run.coefficients)
  }

  /// Encodes the moments of a tile, where they are stored in fewer bits.
  func storeMoments(_ tile: Run<Scalar>, from start: Int) {
    unsafe stored?.storeMoments(
      instructionSet, from: start, count: tile.count, floats(moments))
  }

  /// Rounds the parameters of a tile into their copy, where there is one.
  func copyParameters(_ tile: Run<Scalar>, from start: Int) {
    stored?.copyParameters(instructionSet, from: start, count: tile.count)
  }

  /// Scratch of a stored run, whose scalars are `Float`.
  private func floats(
    _ scalars: UnsafeMutablePointer<Scalar>
  ) -> UnsafeMutablePointer<Float> {
    unsafe UnsafeMutableRawPointer(scalars).assumingMemoryBound(to: Float.self)
  }
}
