//===--- MomentScales.swift - the lazy scales of a group's moments --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The scales of a group's three moments.
package struct MomentScales: Sendable, Hashable {
  package var fast = LazyScale()
  package var slow = LazyScale()
  package var second = LazyScale()

  package init() {}
}
