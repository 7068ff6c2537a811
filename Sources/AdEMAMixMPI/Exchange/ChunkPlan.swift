//===--- ChunkPlan.swift - who exchanges what, and when -------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMix

/// The chunks of a step: in each, every owner has a piece of its shard or none.
///
/// All ranks compute the same plan, but for the tiles, which are their own.
struct ChunkPlan {
  /// The number of owners: 1 where all ranks have everything.
  let ownerCount: Int
  /// The index of this rank among them.
  let owner: Int
  /// The number of chunks.
  let chunkCount: Int
  /// The elements of each owner, chunk by chunk.
  let counts: [CInt]
  /// Where they start in the layout.
  let starts: [Int]
  /// The tiles of this rank's piece, by chunk.
  let tiles: [Range<Int>]
  /// The most elements of a chunk.
  let largestCount: Int
  /// The most elements of this rank's piece.
  let largestOwnCount: Int

  /// Cuts the shards of a layout into chunks.
  ///
  /// - Parameters:
  ///   - layout: The tensors.
  ///   - shards: One for each owner.
  ///   - owner: The one whose tiles are wanted.
  ///   - count: The most elements of an owner's piece.
  ///   - scalar: The scalar type of the parameters.
  /// - Complexity: O(number of tensors · number of shards).
  init<Scalar: OptimizerScalar>(
    _ layout: ParameterLayout, _ shards: [Range<Int>], owner: Int,
    pieceCount count: Int, of scalar: Scalar.Type
  ) {
    let slices = shards.map {
      layout.chunkSlices(of: $0, atMost: count, of: scalar)
    }
    let chunkCount = slices.map(\.count).max() ?? 0
    var counts: [CInt] = []
    var starts: [Int] = []
    var largest = 0
    for chunk in 0..<chunkCount {
      var sum = 0
      for (shard, slices) in zip(shards, slices) {
        let elements =
          chunk < slices.count
          ? slices[chunk].elements : shard.upperBound..<shard.upperBound
        counts.append(CInt(elements.count))
        starts.append(elements.lowerBound)
        sum += elements.count
      }
      largest = max(largest, sum)
    }
    self.owner = owner
    ownerCount = shards.count
    self.chunkCount = chunkCount
    self.counts = counts
    self.starts = starts
    let own = slices[owner]
    tiles = (0..<chunkCount).map { $0 < own.count ? own[$0].tiles : 0..<0 }
    largestCount = largest
    largestOwnCount = own.map(\.elements.count).max() ?? 0
  }

  /// The most elements of a piece that may be asked for: MPI counts those of all
  /// slices of a chunk in C's `int`.
  static func largestPieceCount(ranks: Int) -> Int { (1 << 30) / ranks }

  /// The elements of a piece where the caller does not choose.
  ///
  /// - Parameters:
  ///   - layoutCount: The elements of the layout.
  ///   - ranks: The number of ranks.
  ///   - threads: Those of the rank that has the fewest.
  /// - Returns: At least 2^13, if there may be so many.
  static func pieceCount(
    layoutCount: Int, ranks: Int, threads: Int
  ) -> Int {
    // What is received of smaller ones stays in the caches until it is summed.
    // But each thread must have enough to do: 1 MiB.
    let wanted = threads == 1 ? 1 << 16 : threads << 18
    // So that the two chunks under way are no large part of the memory.
    let affordable = max(1 << 23, layoutCount / 32) / ranks
    // So that there are some to overlap.
    let overlapping = layoutCount / (8 * ranks)
    return min(
      largestPieceCount(ranks: ranks),
      max(1 << 13, min(wanted, affordable, overlapping)))
  }

  /// The places of a chunk in ``counts`` and ``starts``.
  func places(_ chunk: Int) -> Range<Int> {
    (chunk * ownerCount)..<((chunk + 1) * ownerCount)
  }

  /// This rank's place in a chunk.
  func ownPlace(_ chunk: Int) -> Int { chunk * ownerCount + owner }
}

#endif
