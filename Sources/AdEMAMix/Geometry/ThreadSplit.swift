//===--- ThreadSplit.swift - the division of a step over threads ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import ThreadTeam

/// The division of a step's tiles over threads: into parts, which threads take
/// one after the other.
package struct ThreadSplit: Sendable {
  /// The largest number of threads, at least 1.
  package var threadCount: Int

  /// The least bytes of parameters that are worth waking a thread for: some
  /// 50 µs of work in a training loop, where a thread wakes within 30 µs.
  package var byteCountWorthAThread = 1 << 19

  /// A division over at most `threadCount` threads.
  package init(threadCount: Int) { self.threadCount = threadCount }

  /// The number of consecutive tiles that always go to the same part.
  ///
  /// Bounds of parts are multiples of it, so that sums over these tiles are
  /// formed alike for every number of parts.
  static let granule = 8

  /// The least bytes of parameters in a part: some 6 µs of work. Each part
  /// begins without what the processor has fetched ahead, which takes up to
  /// 1 µs.
  private var partByteCount: Int {
    max(TileGrid.byteCount, byteCountWorthAThread / 8)
  }

  /// The most parts for each thread: one that comes late or is interrupted
  /// keeps the others waiting for a small part of the work.
  private static let mostPartsAThread = 32

  /// The most parts that some tiles are divided into.
  func partLimit(for tiles: Range<Int>) -> Int {
    let most = min(threadCount, ThreadTeam.limit) * Self.mostPartsAThread
    return max(
      1, min(tiles.count * TileGrid.byteCount / partByteCount, most))
  }

  /// The most threads for some tiles.
  func workerLimit(for tiles: Range<Int>) -> Int {
    workerCount(
      byteCount: tiles.count * TileGrid.byteCount, worthAThread: leastByteCount)
  }

  /// The least bytes that are worth a thread which is awake.
  private var leastByteCount: Int { max(1, byteCountWorthAThread / 4) }

  private func workerCount(byteCount: Int, worthAThread: Int) -> Int {
    min(threadCount, ThreadTeam.limit, max(1, byteCount / worthAThread))
  }

  /// The threads for that many bytes of parameters at this moment.
  private func workerCount(byteCount: Int) -> Int {
    guard workerCount(byteCount: byteCount, worthAThread: leastByteCount) > 1
    else { return 1 }
    return workerCount(
      byteCount: byteCount,
      worthAThread: ThreadTeam.isAwake
        ? leastByteCount : max(1, byteCountWorthAThread))
  }

  /// The division of some tiles at this moment.
  func division(of tiles: Range<Int>) -> Division {
    let workers = workerCount(byteCount: tiles.count * TileGrid.byteCount)
    return Division(
      tiles: tiles, partCount: workers > 1 ? partLimit(for: tiles) : 1,
      workerCount: workers, mayBeShared: workerLimit(for: tiles) > 1)
  }

  /// Tiles in parts, and the threads that take the parts.
  struct Division: Sendable {
    fileprivate let tiles: Range<Int>
    /// At least 1.
    let partCount: Int
    fileprivate let workerCount: Int
    /// Whether more threads would take part if they were awake.
    fileprivate let mayBeShared: Bool

    /// The tiles of one part. Parts are contiguous, and their counts differ by
    /// at most two granules.
    func tiles(ofPart part: Int) -> Range<Int> {
      func bound(_ part: Int) -> Int {
        if part == partCount { return tiles.upperBound }
        let ideal = tiles.lowerBound + tiles.count * part / partCount
        return max(tiles.lowerBound, ideal / granule * granule)
      }
      return bound(part)..<bound(part + 1)
    }

    /// Calls `work` for the tiles of each part, side by side. No two threads
    /// have the same `worker` at one time.
    func run(
      _ work: @Sendable (Range<Int>, _ part: Int, _ worker: Int) -> Void
    ) {
      // The team notes the time of the call, even if no other thread takes
      // part: the next call may follow at once.
      guard mayBeShared else { return work(tiles, 0, 0) }
      ThreadTeam.run(parts: partCount, workers: workerCount) {
        work(self.tiles(ofPart: $0), $0, $1)
      }
    }
  }

  /// Calls `work` for ranges of `0 ..< count` that are equal but for the last,
  /// side by side.
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
    let parts = min(
      workers * Self.mostPartsAThread, byteCount / partByteCount + 1)
    let share = (count + parts - 1) / parts
    ThreadTeam.run(parts: parts, workers: workers) { part, _ in
      let start = min(share * part, count)
      work(start..<min(start + share, count))
    }
  }
}
