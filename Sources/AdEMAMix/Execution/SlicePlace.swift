//===--- SlicePlace.swift - where a slice lies in larger memory -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The place of a slice's first element in the caller's memory, which may have
/// more than the shard.
struct SlicePlace {
  /// The place, counted in one buffer of all tensors.
  let inAll: Int
  /// The place, counted in a buffer of the slice's tensor.
  let inTensor: Int
}
