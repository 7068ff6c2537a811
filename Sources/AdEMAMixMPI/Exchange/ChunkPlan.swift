//===--- ChunkPlan.swift - who exchanges what, and when -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMix

/// The chunks of a step. In each chunk, every owner has a piece of its shard,
/// or nothing.
///
/// All ranks compute the same plan, except for `owner`, `tiles` and
/// `largestOwnCount`, which are of this rank.
struct ChunkPlan {
  /// The number of owners: 1 if all ranks keep all moments.
  let ownerCount: Int
  /// The index of this rank among the owners: 0 if there is one owner.
  let owner: Int
  /// The number of chunks.
  let chunkCount: Int
  /// The number of elements of each owner, chunk by chunk.
  let counts: [CInt]
  /// The places at which these elements start in the layout.
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
  ///   - owner: The index of the owner whose tiles are wanted.
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

  /// Cuts the chunks of one owner into a piece for each rank, whose gradients
  /// that rank sums up.
  ///
  /// - Parameters:
  ///   - chunks: The plan of one owner.
  ///   - rank: The rank whose pieces are the own ones.
  ///   - size: The number of ranks.
  init(pieces chunks: ChunkPlan, rank: Int, of size: Int) {
    var counts: [CInt] = []
    var starts: [Int] = []
    for (count, start) in zip(chunks.counts, chunks.starts) {
      // In this order nothing exceeds an Int.
      let bounds = (0...size).map { Int(count) * $0 / size }
      for (first, end) in zip(bounds, bounds.dropFirst()) {
        counts.append(CInt(end - first))
        starts.append(start + first)
      }
    }
    owner = rank
    ownerCount = size
    chunkCount = chunks.chunkCount
    self.counts = counts
    self.starts = starts
    tiles = chunks.tiles
    largestCount = chunks.largestCount
    largestOwnCount = (chunks.largestCount + size - 1) / size
  }

  /// The most elements of a piece that may be asked for.
  ///
  /// MPI counts the elements of a chunk, which is a piece of each rank, in C's
  /// `int`. The largest power of two that an `int` holds is 2^30.
  static func largestPieceCount(ranks: Int) -> Int { (1 << 30) / ranks }

  /// The number of elements of a piece, if the caller does not choose it.
  ///
  /// - Parameters:
  ///   - layoutCount: The number of elements of the layout.
  ///   - ranks: The number of ranks.
  ///   - threads: The number of threads of the rank that has the fewest.
  /// - Returns: At least 2^13, or ``largestPieceCount(ranks:)`` if that is
  ///   less.
  static func pieceCount(
    layoutCount: Int, ranks: Int, threads: Int
  ) -> Int {
    // Small pieces stay in the caches from their arrival until they are summed:
    // 2^16 elements of Float are 256 KiB from each rank. But each of several
    // threads must have enough to do: 2^18 elements, 1 MiB, are worth waking it
    // for.
    let wanted = threads == 1 ? 1 << 16 : threads << 18
    // Two chunks are under way, each of a piece of all ranks. They must not
    // take a large part of the memory: up to 2 · 32 MiB of Float, or a 16th of
    // the gradients if that is more.
    let affordable = max(1 << 23, layoutCount / 32) / ranks
    // At least 8 chunks, so that the first and the last chunk, which overlap
    // with nothing, are a small part of a step.
    let overlapping = layoutCount / (8 * ranks)
    // Small layouts have fewer chunks, so that messages do not get too small:
    // 2^13 elements of Float are 32 KiB.
    return min(
      largestPieceCount(ranks: ranks),
      max(1 << 13, min(wanted, affordable, overlapping)))
  }

  /// The indices of a chunk in ``counts`` and ``starts``, one for each owner.
  func places(_ chunk: Int) -> Range<Int> {
    (chunk * ownerCount)..<((chunk + 1) * ownerCount)
  }

  /// The index of this rank's piece of a chunk in ``counts`` and ``starts``.
  func ownPlace(_ chunk: Int) -> Int { chunk * ownerCount + owner }
}

#endif
