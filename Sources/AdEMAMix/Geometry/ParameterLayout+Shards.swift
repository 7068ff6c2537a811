//===--- ParameterLayout+Shards.swift - cuts the index space for owners ---===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension ParameterLayout {
  /// Cuts the flat index space into contiguous shards, so that optimizers of
  /// the shards give the same bits as one optimizer of the whole.
  ///
  /// Each count differs from an equal share by less than one tile, 1 KiB of
  /// parameters. With more shards than tiles some are empty.
  ///
  /// - Parameters:
  ///   - shardCount: The number of shards, at least 1.
  ///   - scalar: The scalar type of the parameters.
  /// - Returns: One range for each shard, in order.
  /// - Complexity: O(`shardCount`·log(number of tensors)).
  public func shards<Scalar: OptimizerScalar>(
    _ shardCount: Int, of scalar: Scalar.Type
  ) -> [Range<Int>] {
    precondition(shardCount > 0, "there must be at least 1 shard")
    let tileLength = TileGrid.tileLength(of: scalar)
    var bounds = (0...shardCount).map { shard in
      // In full width: count·shard may exceed an Int.
      let ideal = shardCount.dividingFullWidth(
        count.multipliedFullWidth(by: shard)
      ).quotient
      return tileBorder(atOrBefore: ideal, tileLength: tileLength)
    }
    bounds[shardCount] = count
    return zip(bounds, bounds.dropFirst()).map { $0..<$1 }
  }

  /// The start of the tile that holds an element.
  private func tileBorder(atOrBefore element: Int, tileLength: Int) -> Int {
    let next = tensors.partitioningIndex { $0.range.lowerBound > element }
    guard next > 0 else { return 0 }
    let start = tensors[next - 1].range.lowerBound
    return start + (element - start) / tileLength * tileLength
  }
}
