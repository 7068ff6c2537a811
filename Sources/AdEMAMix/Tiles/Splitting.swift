//===--- Splitting.swift - how many threads a step is worth ---------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Dispatch

/// How a step is split over threads.
package struct Splitting: Sendable {
  /// The most threads to use, at least 1.
  package var threadCount: Int

  /// The least bytes of parameters that are worth waking a thread for, some
  /// 0.1 ms of work.
  ///
  /// Below twice that, two threads measured slower than one: the second wakes
  /// late, and finds its part in the other's cache.
  package var byteCountWorthAThread = 1 << 20

  /// At most a number of threads.
  package init(threadCount: Int) { self.threadCount = threadCount }

  /// How many parts to cut tiles into.
  func parts(of tiles: Range<Int>) -> Int {
    parts(byteCount: tiles.count * TilePlan.byteCount)
  }

  /// The tiles that one part works on without another between them: those from
  /// one multiple of this to the next.
  static let granule = 8

  /// One of the parts, which are contiguous and differ in size by at most two
  /// granules.
  func part(_ index: Int, of tiles: Range<Int>) -> Range<Int> {
    let parts = parts(of: tiles)
    func bound(_ index: Int) -> Int {
      if index == parts { return tiles.upperBound }
      let ideal = tiles.lowerBound + tiles.count * index / parts
      return max(tiles.lowerBound, ideal / Self.granule * Self.granule)
    }
    return bound(index)..<bound(index + 1)
  }

  /// Works on the parts of some tiles side by side.
  func run(
    _ tiles: Range<Int>, _ work: @Sendable (Range<Int>, _ part: Int) -> Void
  ) {
    let parts = parts(of: tiles)
    guard parts > 1 else { return work(tiles, 0) }
    DispatchQueue.concurrentPerform(iterations: parts) {
      work(part($0, of: tiles), $0)
    }
  }

  /// How many parts of that many bytes of parameters to work on side by side.
  package func parts(byteCount: Int) -> Int {
    min(threadCount, max(1, byteCount / byteCountWorthAThread))
  }
}
