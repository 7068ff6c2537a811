//===--- AveragePass.swift - one walk over averages and parameters --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A pass over averages and parameters whose memory has been checked.
///
/// Threads share it, each for tiles of its own.
@safe struct AveragePass<Scalar: OptimizerScalar>: @unchecked Sendable {
  /// The work on a tile.
  enum Work {
    /// The averages take the parameters in.
    case update(AverageUpdate<Scalar>)
    /// The averages are folded.
    case fold(Double)
    /// The averages are folded, and exchanged with the parameters.
    case swap(fold: Double)
  }

  let grid: TileGrid
  let averages: UnsafeMutablePointer<Scalar>
  let memory: LentMemory<Scalar>
  let work: Work

  /// Works on some tiles, in contiguous ranges that run side by side.
  ///
  /// A tile is far below the size at which OpenBLAS starts threads of its own.
  /// Specialized here, so that all code below it is specialized, whoever calls.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func run(tiles: Range<Int>, _ threadSplit: ThreadSplit) {
    let tileLength = TileGrid.tileLength(of: Scalar.self)
    threadSplit.division(of: tiles).run { tiles, _, _ in
      for slice in grid.slices[grid.slices(in: tiles)] {
        guard let memory = unsafe memory.elements(of: slice, from: 0),
          let parameters = unsafe memory.parameters
        else { continue }
        let elements = slice.elements(in: tiles, tileLength: tileLength)
        let averages = unsafe averages + slice.start
        var start = elements.lowerBound
        while start < elements.upperBound {
          let count = min(tileLength, elements.upperBound - start)
          unsafe run(
            count, averages + start, parameters + start,
            start: slice.start + start)
          start += count
        }
      }
    }
  }

  private func run(
    _ count: Int, _ averages: UnsafeMutablePointer<Scalar>,
    _ parameters: UnsafeMutablePointer<Scalar>, start: Int
  ) {
    switch work {
    case .update(let update):
      unsafe update.run(from: start, count: count, parameters)
    case .fold(let factor):
      unsafe BLAS.fold(count, by: factor, averages)
    case .swap(let fold):
      unsafe BLAS.fold(count, by: fold, averages)
      unsafe BLAS.swap(count, averages, parameters)
    }
  }
}
