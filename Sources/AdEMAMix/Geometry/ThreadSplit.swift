//===--- ThreadSplit.swift - the division of a step over threads ----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
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

  /// The least tiles of a part: some 3 µs of work, a hundred times what taking
  /// a part costs.
  private static let leastTiles = 32

  /// The most parts for each thread: one that comes late or is interrupted
  /// keeps the others waiting for a hundredth of the work at most.
  private static let mostPartsAThread = 64

  /// The number of parts of some tiles.
  func partCount(for tiles: Range<Int>) -> Int {
    guard threadCount > 1 else { return 1 }
    let most = min(threadCount, ThreadTeam.limit) * Self.mostPartsAThread
    return max(1, min(tiles.count / Self.leastTiles, most))
  }

  /// The tiles of one part. Parts are contiguous, and their counts differ by at
  /// most two granules.
  func tiles(ofPart part: Int, in tiles: Range<Int>) -> Range<Int> {
    let parts = partCount(for: tiles)
    func bound(_ part: Int) -> Int {
      if part == parts { return tiles.upperBound }
      let ideal = tiles.lowerBound + tiles.count * part / parts
      return max(tiles.lowerBound, ideal / Self.granule * Self.granule)
    }
    return bound(part)..<bound(part + 1)
  }

  /// The most threads for some tiles.
  func workerCount(for tiles: Range<Int>) -> Int {
    workerCount(
      byteCount: tiles.count * TileGrid.byteCount, worthAThread: leastByteCount)
  }

  /// The most threads for that many bytes of parameters.
  private func workerCount(byteCount: Int, worthAThread: Int) -> Int {
    min(threadCount, ThreadTeam.limit, max(1, byteCount / worthAThread))
  }

  /// The least bytes that are worth a thread which is awake.
  private var leastByteCount: Int { max(1, byteCountWorthAThread / 4) }

  /// The threads for that many bytes of parameters at this moment.
  private func workerCount(byteCount: Int) -> Int {
    guard workerCount(byteCount: byteCount, worthAThread: leastByteCount) > 1
    else { return 1 }
    return workerCount(
      byteCount: byteCount,
      worthAThread: ThreadTeam.isAwake
        ? leastByteCount : max(1, byteCountWorthAThread))
  }

  /// Calls `work` for the tiles of each part, side by side.
  ///
  /// - Parameters:
  ///   - tiles: The tiles.
  ///   - work: Works on the tiles of a part. No two threads have the same
  ///     `worker` at one time.
  func run(
    _ tiles: Range<Int>,
    _ work: @Sendable (Range<Int>, _ part: Int, _ worker: Int) -> Void
  ) {
    let parts = partCount(for: tiles)
    guard parts > 1 else { return work(tiles, 0, 0) }
    ThreadTeam.run(
      parts: parts,
      workers: workerCount(byteCount: tiles.count * TileGrid.byteCount)
    ) {
      work(self.tiles(ofPart: $0, in: tiles), $0, $1)
    }
  }

  /// Calls `work` for ranges of `0 ..< count` that are equal but for the last,
  /// side by side.
  ///
  /// - Parameters:
  ///   - count: The number of elements.
  ///   - byteCount: The bytes that the elements take.
  ///   - work: Works on one range.
  package func run(
    count: Int, byteCount: Int, _ work: @Sendable (Range<Int>) -> Void
  ) {
    let workers = workerCount(byteCount: byteCount)
    guard workers > 1 else { return work(0..<count) }
    let parts = min(
      workers * Self.mostPartsAThread,
      byteCount / (Self.leastTiles * TileGrid.byteCount) + 1)
    let share = (count + parts - 1) / parts
    ThreadTeam.run(parts: parts, workers: workers) { part, _ in
      let start = min(share * part, count)
      work(start..<min(start + share, count))
    }
  }
}
