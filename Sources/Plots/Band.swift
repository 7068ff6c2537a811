//===--- Band.swift - the area between two lines --------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The area between two lines with the same x values. A point of either line
/// that the axes cannot show leaves a gap.
package struct Band: Sendable {
  package var lower, upper: [Point]

  package init(_ lower: [Point], _ upper: [Point]) {
    self.lower = lower
    self.upper = upper
  }
}
