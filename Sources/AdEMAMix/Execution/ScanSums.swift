//===--- ScanSums.swift - the sums of a pass, by worker and slice ---------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// The sums of a pass: first those of each worker, then those of each slice.
struct ScanSums {
  /// By the sum of slice and worker index: the tiles of workers are contiguous,
  /// so that no two have the same.
  private var workers: [SliceSums] = []
  private var slices: [SliceSums] = []

  /// The findings in a slice.
  subscript(slice: Int) -> SliceSums { slices[slice] }

  /// Forgets what earlier passes found.
  mutating func clear(_ grid: TileGrid, _ threadSplit: ThreadSplit) {
    let count = grid.slices.count
    slices.clear(count: count)
    workers.clear(count: count + threadSplit.threadCount)
  }

  /// Takes what was found in whole tensors in the place of what was found in
  /// the shard's slices.
  mutating func replaceSlices(_ whole: [SliceSums]) { slices = whole }

  mutating func withUnsafeMutableWorkers(
    _ body: (UnsafeMutableBufferPointer<SliceSums>) -> Void
  ) {
    unsafe workers.withUnsafeMutableBufferPointer { unsafe body($0) }
  }

  /// Joins what the workers of a pass over some tiles found.
  mutating func collect(
    _ grid: TileGrid, tiles: Range<Int>, _ threadSplit: ThreadSplit
  ) {
    for worker in 0..<threadSplit.workerCount(for: tiles) {
      let share = threadSplit.tiles(ofWorker: worker, in: tiles)
      for index in grid.slices(in: share) {
        slices[index].add(workers[index + worker])
        workers[index + worker] = SliceSums()
      }
    }
  }
}

extension [SliceSums] {
  fileprivate mutating func clear(count: Int) {
    removeAll(keepingCapacity: true)
    append(contentsOf: repeatElement(SliceSums(), count: count))
  }
}
