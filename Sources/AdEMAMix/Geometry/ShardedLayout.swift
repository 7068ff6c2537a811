//===--- ShardedLayout.swift - a model and the shards it is cut into ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A model's tensors, as the owners of its shards see them together.
package struct ShardedLayout: Sendable {
  /// The shards, one behind the other.
  package let bounds: [Range<Int>]
  /// The tensors that a step works on, uncut.
  let whole: TileGrid
  /// The indices, in the whole, of the slices of the first shard, then of the
  /// second, and so on.
  let owned: [Int]

  /// The shards of a layout. They change where groups are frozen or unfrozen.
  ///
  /// - Complexity: O(number of tensors + number of shards).
  package init<Scalar: OptimizerScalar>(
    _ layout: ParameterLayout, shards: [Range<Int>], of scalar: Scalar.Type
  ) {
    bounds = shards
    let whole = TileGrid(
      layout, shard: 0..<layout.count,
      tileLength: TileGrid.tileLength(of: scalar))
    var owned: [Int] = []
    for shard in shards {
      let first = whole.slices.partitioningIndex {
        $0.start + $0.count > shard.lowerBound
      }
      let end = whole.slices.partitioningIndex {
        $0.start >= shard.upperBound
      }
      if first < end, !shard.isEmpty { owned += first..<end }
    }
    self.whole = whole
    self.owned = owned
  }

  /// The index, in the whole, of the first slice of a shard's grid. The others
  /// follow.
  func first(of grid: TileGrid) -> Int {
    guard let first = grid.slices.first else { return 0 }
    return whole.slices.partitioningIndex { $0.tensor >= first.tensor }
  }
}
