//===--- AveragePass.swift - one walk over averages and parameters --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// A pass over averages and parameters whose memory has been checked.
///
/// Threads share it, each for tiles of its own.
@safe struct AveragePass<Scalar: OptimizerScalar>: @unchecked Sendable {
  /// The work on a tile.
  enum Work {
    /// The averages take the parameters in: `finely`, after so many updates,
    /// where the steps are near the last digit.
    case update(LazyScale.Update, finely: UInt32?)
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
  /// Specialized, so that everything below is whoever calls it.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func run(tiles: Range<Int>, _ threadSplit: ThreadSplit) {
    let tileCount = TileGrid.tileCount(of: Scalar.self)
    threadSplit.division(of: tiles).run { tiles, _, _ in
      for slice in grid.slices[grid.slices(in: tiles)] {
        guard let memory = unsafe memory.elements(of: slice, from: 0) else {
          continue
        }
        let elements = slice.elements(in: tiles, tileCount: tileCount)
        let averages = unsafe averages + slice.start
        var start = elements.lowerBound
        while start < elements.upperBound {
          let count = min(tileCount, elements.upperBound - start)
          unsafe run(
            count, averages + start, memory.parameters + start,
            first: slice.start + start)
          start += count
        }
      }
    }
  }

  private func run(
    _ count: Int, _ averages: UnsafeMutablePointer<Scalar>,
    _ parameters: UnsafeMutablePointer<Scalar>, first: Int
  ) {
    switch work {
    case .update(let update, let step):
      // A Double has digits enough.
      guard let step, Scalar.self == Float.self else {
        return unsafe BLAS.update(count, update, parameters, into: averages)
      }
      unsafe BLAS.fold(count, by: update.fold, averages)
      unsafe KernelTable<Scalar>(.widest).quantized.pointee.add_rounded(
        count, update.gain, parameters.cast(to: Float.self),
        UInt32(truncatingIfNeeded: first), step, averages.cast(to: Float.self))
    case .fold(let factor):
      unsafe BLAS.fold(count, by: factor, averages)
    case .swap(let fold):
      unsafe BLAS.fold(count, by: fold, averages)
      unsafe BLAS.swap(count, averages, parameters)
    }
  }
}
