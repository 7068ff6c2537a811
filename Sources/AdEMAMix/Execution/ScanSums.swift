//===--- ScanSums.swift - the sums of a pass, by part and slice -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The sums of a pass: first those of each part, then those of each slice.
struct ScanSums {
  /// By the sum of slice and part index: the tiles of parts are contiguous, so
  /// that no two have the same.
  var parts: [SliceSums] = []
  private var slices: [SliceSums] = []

  /// The findings in a slice.
  subscript(slice: Int) -> SliceSums { slices[slice] }

  /// Forgets what earlier passes found.
  mutating func clear(_ grid: TileGrid, _ threadSplit: ThreadSplit) {
    let count = grid.slices.count
    slices.clear(count: count)
    parts.clear(
      count: count + threadSplit.partLimit(for: grid.tiles))
  }

  /// Takes what was found in whole tensors in the place of what was found in
  /// the shard's slices.
  mutating func replaceSlices(_ whole: [SliceSums]) { slices = whole }

  /// Joins what was found in the parts of a pass over some tiles.
  mutating func collect(
    _ grid: TileGrid, _ division: ThreadSplit.Division
  ) {
    for part in 0..<division.partCount {
      for index in grid.slices(in: division.tiles(ofPart: part)) {
        slices[index].add(parts[index + part])
        parts[index + part] = SliceSums()
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
