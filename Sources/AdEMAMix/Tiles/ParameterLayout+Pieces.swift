//===--- ParameterLayout+Pieces.swift - a shard, bit by bit ---------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Some tiles of a shard's plan, whose elements lie one behind the other.
package struct ShardPiece: Sendable, Hashable {
  /// Counted in the layout.
  package var elements: Range<Int>
  /// Counted in the shard's plan.
  package var tiles: Range<Int>
}

extension ParameterLayout {
  /// Cuts what a step works on in a shard into pieces, at tiles. Frozen tensors
  /// are in none.
  ///
  /// - Parameters:
  ///   - shard: A shard of the layout.
  ///   - count: The most elements of a piece, where a tile has no more.
  ///   - scalar: The scalar type of the parameters.
  /// - Returns: The pieces, in order. They have all tiles of the shard's plan.
  /// - Complexity: O(number of tensors + number of pieces).
  package func pieces<Scalar: OptimizerScalar>(
    of shard: Range<Int>, atMost count: Int, of scalar: Scalar.Type
  ) -> [ShardPiece] {
    let tileCount = TilePlan.tileCount(of: scalar)
    let plan = TilePlan(self, shard: shard, tileCount: tileCount)
    let most = max(1, count / tileCount) * tileCount
    var pieces: [ShardPiece] = []
    for segment in plan.segments {
      var start = 0
      while start < segment.count {
        let first = shard.lowerBound + segment.start + start
        // What is left of a neighbour's room, so that small tensors share it.
        var room = most
        var joinsLast = false
        if let last = pieces.last, last.elements.upperBound == first {
          let left = (most - last.elements.count) / tileCount * tileCount
          joinsLast = left > 0
          if joinsLast { room = left }
        }
        let end = min(start + room, segment.count)
        let firstTile = segment.tiles.lowerBound + start / tileCount
        let endTile =
          segment.tiles.lowerBound + (end + tileCount - 1) / tileCount
        let piece = ShardPiece(
          elements: first..<(first + end - start), tiles: firstTile..<endTile)
        if joinsLast {
          let last = pieces.removeLast()
          pieces.append(
            ShardPiece(
              elements: last.elements.lowerBound..<piece.elements.upperBound,
              tiles: last.tiles.lowerBound..<piece.tiles.upperBound))
        } else {
          pieces.append(piece)
        }
        start = end
      }
    }
    return pieces
  }
}
