//===--- ThreadSplit.swift - the division of a step over threads ----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Dispatch

/// The division of a step's tiles over threads, each of which is a worker.
package struct ThreadSplit: Sendable {
  /// The largest number of workers, at least 1.
  package var threadCount: Int

  /// The least bytes of parameters that are worth waking a thread for: some
  /// 0.1 ms of work.
  ///
  /// Below twice that, two threads measured slower than one: the second wakes
  /// late, and finds its tiles in the cache of the first.
  package var byteCountWorthAThread = 1 << 20

  /// A division over at most `threadCount` threads.
  package init(threadCount: Int) { self.threadCount = threadCount }

  /// The number of consecutive tiles that always go to the same worker.
  ///
  /// Bounds of workers are multiples of it, so that sums over these tiles are
  /// formed alike for every number of threads.
  static let granule = 8

  /// The number of workers for some tiles.
  func workerCount(for tiles: Range<Int>) -> Int {
    workerCount(byteCount: tiles.count * TileGrid.byteCount)
  }

  /// The number of workers for that many bytes of parameters.
  package func workerCount(byteCount: Int) -> Int {
    min(threadCount, max(1, byteCount / byteCountWorthAThread))
  }

  /// The tiles of one worker. Workers' tiles are contiguous, and their counts
  /// differ by at most two granules.
  func tiles(ofWorker worker: Int, in tiles: Range<Int>) -> Range<Int> {
    let workers = workerCount(for: tiles)
    func bound(_ worker: Int) -> Int {
      if worker == workers { return tiles.upperBound }
      let ideal = tiles.lowerBound + tiles.count * worker / workers
      return max(tiles.lowerBound, ideal / Self.granule * Self.granule)
    }
    return bound(worker)..<bound(worker + 1)
  }

  /// Calls `work` for the tiles of each worker, side by side.
  func run(
    _ tiles: Range<Int>, _ work: @Sendable (Range<Int>, _ worker: Int) -> Void
  ) {
    let workers = workerCount(for: tiles)
    guard workers > 1 else { return work(tiles, 0) }
    DispatchQueue.concurrentPerform(iterations: workers) {
      work(self.tiles(ofWorker: $0, in: tiles), $0)
    }
  }

  /// Calls `work` for equal ranges of `0 ..< count`, one for each worker, side
  /// by side.
  ///
  /// - Parameters:
  ///   - count: The number of elements.
  ///   - byteCount: The bytes that the elements take.
  ///   - work: Works on one range. It may be empty.
  package func run(
    count: Int, byteCount: Int, _ work: @Sendable (Range<Int>) -> Void
  ) {
    let workers = workerCount(byteCount: byteCount)
    guard workers > 1 else { return work(0..<count) }
    let share = (count + workers - 1) / workers
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      let start = min(share * worker, count)
      work(start..<min(start + share, count))
    }
  }
}
