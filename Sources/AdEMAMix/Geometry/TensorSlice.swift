//===--- TensorSlice.swift - the elements of a tensor in a shard ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The elements of one tensor that a shard owns.
struct TensorSlice {
  /// The index of the tensor in the layout.
  let tensor: Int
  /// The index of the group in the layout.
  let group: Int
  /// The first element, counted in the shard.
  let start: Int
  /// The first element and block, counted in the moments of the group.
  let momentStart: Int
  let momentBlock: Int
  let count: Int
  /// The tiles, counted in the grid.
  let tiles: Range<Int>

  var moments: MomentSlice {
    MomentSlice(start: momentStart, block: momentBlock, count: count)
  }

  /// The elements that lie in some tiles of the grid, counted in the slice.
  func elements(in tiles: Range<Int>, tileLength: Int) -> Range<Int> {
    /// The first element of a tile.
    func element(_ tile: Int) -> Int {
      min(max(tile - self.tiles.lowerBound, 0) * tileLength, count)
    }
    return element(tiles.lowerBound)..<element(tiles.upperBound)
  }
}
