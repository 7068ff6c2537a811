//===--- MomentName.swift - the name of a moment --------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The name of a moment, in errors.
package enum MomentName: String, Sendable, Hashable, CaseIterable {
  /// m1
  case fast
  /// m2
  case slow
  /// ν
  case second
}
