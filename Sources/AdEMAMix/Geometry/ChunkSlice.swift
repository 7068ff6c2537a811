//===--- ChunkSlice.swift - a shard, bit by bit ---------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// Some tiles of a shard's grid, whose elements lie one behind the other.
package struct ChunkSlice: Sendable, Hashable {
  /// Counted in the layout.
  package var elements: Range<Int>
  /// Counted in the shard's grid.
  package var tiles: Range<Int>
}

extension ParameterLayout {
  /// Cuts what a step works on in a shard into chunks, at tiles. Frozen tensors
  /// are in none.
  ///
  /// - Parameters:
  ///   - shard: A shard of the layout.
  ///   - count: The most elements of a chunk, where a tile has no more.
  ///   - scalar: The scalar type of the parameters.
  /// - Returns: The chunks, in order. They have all tiles of the shard's grid.
  /// - Complexity: O(number of tensors + number of chunks).
  package func chunkSlices<Scalar: OptimizerScalar>(
    of shard: Range<Int>, atMost count: Int, of scalar: Scalar.Type
  ) -> [ChunkSlice] {
    let tileLength = TileGrid.tileLength(of: scalar)
    let grid = TileGrid(self, shard: shard, tileLength: tileLength)
    let most = max(1, count / tileLength) * tileLength
    var chunks: [ChunkSlice] = []
    for slice in grid.slices {
      var start = 0
      while start < slice.count {
        let first = shard.lowerBound + slice.start + start
        // Small tensors share a chunk: the room that is left in the last one.
        var room = most
        var joinsLast = false
        if let last = chunks.last, last.elements.upperBound == first {
          let left = (most - last.elements.count) / tileLength * tileLength
          joinsLast = left > 0
          if joinsLast { room = left }
        }
        let end = min(start + room, slice.count)
        let firstTile = slice.tiles.lowerBound + start / tileLength
        let endTile =
          slice.tiles.lowerBound + (end + tileLength - 1) / tileLength
        let chunk = ChunkSlice(
          elements: first..<(first + end - start), tiles: firstTile..<endTile)
        if joinsLast {
          let last = chunks.removeLast()
          chunks.append(
            ChunkSlice(
              elements: last.elements.lowerBound..<chunk.elements.upperBound,
              tiles: last.tiles.lowerBound..<chunk.tiles.upperBound))
        } else {
          chunks.append(chunk)
        }
        start = end
      }
    }
    return chunks
  }
}
