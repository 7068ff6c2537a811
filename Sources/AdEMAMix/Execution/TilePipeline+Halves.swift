//===--- TilePipeline+Halves.swift - a step in two halves ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

extension TilePipeline {
  /// Makes a half of a step on all elements at once, if a kernel can: tile by
  /// tile, it would take a tenth longer.
  ///
  /// - Parameter found: The sums that the first half adds to.
  /// - Returns: Whether it has been made.
  func runHalf(into found: inout SliceSums) -> Bool {
    guard options.transform == nil, let scalar else { return false }
    switch kind {
    case .moments where hasHalves:
      let stretch = TileGrid.tilesACache * tileLength
      for start in stride(from: 0, to: scalar.count, by: stretch) {
        let count = min(stretch, scalar.count - start)
        unsafe firstHalf(
          scalar.tile(
            from: start, count: count, gradients: scalar.gradients + start),
          from: start, into: &found)
        clearGradients(from: start, count: count)
      }
      return true
    case .parameters where hasHalves:
      let stretch =
        average == nil ? scalar.count : TileGrid.tilesACache * tileLength
      for start in stride(from: 0, to: scalar.count, by: max(1, stretch)) {
        let count = min(stretch, scalar.count - start)
        let run = unsafe scalar.tile(
          from: start, count: count, gradients: scalar.gradients + start)
        secondHalf(run, from: start)
        unsafe average?.run(from: start, count: count, run.parameters)
        clearGradients(from: start, count: count)
      }
      return true
    default:
      return false
    }
  }

  /// Updates the moments from an element on, and finds what the factors of a
  /// tensor's update come from.
  func firstHalf(
    _ run: StepOperands<Scalar>, from start: Int, into sums: inout SliceSums
  ) {
    var c = run.coefficients.kernel
    let tiles = (run.count - 1) / tileLength + 1
    unsafe withUnsafeTemporaryAllocation(of: Double.self, capacity: tiles) {
      (squares) -> Void in
      var found = unsafe ademamix_update_sums()
      unsafe found.squares = options.limitsUpdates ? squares.baseAddress : nil
      unsafe found.factor = factors.folded
      unsafe table.kernels.pointee.first_half(
        run.count, run.gradients, run.fast, run.slow, run.second, &c,
        signs(from: start), &found)
      unsafe sums.agreement.count += found.agreeing
      unsafe sums.agreement.presentCount += found.nonzero
      guard options.limitsUpdates else { return }
      for index in 0..<tiles where unsafe squares[index].isFinite {
        unsafe sums.excess.add(squares[index])
      }
    }
  }

  /// Moves the parameters from an element on.
  func secondHalf(_ run: StepOperands<Scalar>, from start: Int) {
    var c = run.coefficients.kernel
    unsafe table.kernels.pointee.second_half(
      run.count, run.parameters, run.gradients, run.fast, run.slow, run.second,
      &c, signs(from: start))
  }

  /// The signs of the gradients from an element on, which begins a tile.
  private func signs(from start: Int) -> UnsafeMutablePointer<ademamix_signs>? {
    unsafe signs.map { unsafe $0 + start / tileLength * TileGrid.signsATile }
  }
}
