//===--- MomentSize.swift - the size of a group's moments -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// How much a group has of each moment.
struct MomentSize {
  var elementCount = 0
  /// Each tensor begins a block of its own.
  var blockCount = 0
}
