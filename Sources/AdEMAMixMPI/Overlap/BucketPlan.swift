//===--- BucketPlan.swift - who sums what as gradients come ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMix

/// The buckets of an open step: the model cut into pieces that are exchanged
/// one by one, each as soon as its gradients are there.
///
/// A bucket belongs to one owner of moments, and has no frozen tensors. All
/// ranks compute the same plan.
struct BucketPlan {
  /// The elements of each bucket, in order, counted in the layout.
  let buckets: [Range<Int>]
  /// The owner of each bucket's moments; `nil` where all ranks keep all
  /// moments.
  let owners: [Int]?
  /// The number of ranks.
  let rankCount: Int
  /// Whether each rank sums an equal part of a bucket. Otherwise its owner sums
  /// all of it.
  let isSpread: Bool

  /// The most bytes of gradients that one message has, unless there are too
  /// many buckets.
  ///
  /// Open MPI sends messages below 64 KiB over TCP without asking the receiver
  /// first, and leaves such messages to the kernel: they go on while no rank
  /// calls MPI. 62 are tiles of 1 KiB.
  private static var messageByteCount: Int { 62 << 10 }

  /// The number of buckets above which buckets become larger. Their numbers are
  /// tags of messages, 2 for each bucket, and MPI promises 32,767.
  static var largestBucketCount: Int { 1 << 14 - 1 }

  /// Cuts the shards of a layout into buckets.
  ///
  /// - Parameters:
  ///   - layout: The tensors.
  ///   - shards: One for each owner.
  ///   - rankCount: The number of ranks.
  ///   - pieceCount: The most elements of a message, if they are fewer than
  ///     those of 62 KiB.
  ///   - scalar: The scalar type of the parameters.
  /// - Complexity: O(number of tensors · number of shards + number of buckets).
  init<Scalar: OptimizerScalar>(
    _ layout: ParameterLayout, _ shards: [Range<Int>], rankCount: Int,
    pieceCount: Int, of scalar: Scalar.Type
  ) {
    let isReplicated = shards.count < rankCount
    // With two ranks, each sum is made of what one rank has and what the other
    // sends: the owner may as well make it. With more, all that is sent at one
    // time would go to one rank, since backward passes walk through the shards
    // in order: the others' links would be idle.
    let isSpread = rankCount > 2 || isReplicated
    let messageCount = min(
      pieceCount, Self.messageByteCount / MemoryLayout<Scalar>.stride)
    var count = messageCount * (isSpread ? rankCount : 1)
    var buckets: [Range<Int>] = []
    var owners: [Int] = []
    repeat {
      buckets.removeAll()
      owners.removeAll()
      for (owner, shard) in shards.enumerated() {
        let slices = layout.chunkSlices(of: shard, atMost: count, of: scalar)
        buckets += slices.map(\.elements)
        owners += slices.map { _ in owner }
      }
      count *= 2
      // Frozen tensors part buckets, whatever their size. MPI counts the
      // elements of a message in C's int.
    } while buckets.count > Self.largestBucketCount && count < layout.count
      && count / (isSpread ? rankCount : 1) < Int(CInt.max)
    self.buckets = buckets
    self.owners = isReplicated ? nil : owners
    self.rankCount = rankCount
    self.isSpread = isSpread
  }

  /// The elements of a bucket that a rank sums, counted in the layout.
  func part(of bucket: Int, summedBy rank: Int) -> Range<Int> {
    let whole = buckets[bucket]
    guard isSpread else {
      let isOwner = owners?[bucket] == rank
      return isOwner ? whole : whole.lowerBound..<whole.lowerBound
    }
    func bound(_ rank: Int) -> Int {
      whole.lowerBound + whole.count * rank / rankCount
    }
    return bound(rank)..<bound(rank + 1)
  }

  /// Whether a rank keeps the moments of a bucket.
  func isOwner(_ rank: Int, of bucket: Int) -> Bool {
    owners.map { $0[bucket] == rank } ?? true
  }

  /// The indices of the buckets that have some of the elements.
  func buckets(in elements: Range<Int>) -> Range<Int> {
    let first = buckets.partitioningIndex {
      $0.upperBound > elements.lowerBound
    }
    let end = buckets.partitioningIndex {
      $0.lowerBound >= elements.upperBound
    }
    return first..<max(first, end)
  }
}

#endif
