//===--- MomentSlice.swift - a tensor's place in a group's moments ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The elements that one tensor has in the moments of its group.
struct MomentSlice {
  /// The first element and the first block, counted in the group's moments.
  let start: Int
  let block: Int
  let count: Int
}
