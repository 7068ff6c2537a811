//===--- AverageRecord.swift - an average without its elements ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// All of an average but its elements, to be stored with them.
package struct AverageRecord: Sendable, Hashable {
  package var decay: HyperparameterSchedule
  package var updateCount: Int
  /// The factor between the averages and what is stored of them.
  package var scale: Double
  /// The elements of each tensor, or of all where they came in one buffer.
  package var sizes: [Int]

  package init(
    decay: HyperparameterSchedule, updateCount: Int, scale: Double, sizes: [Int]
  ) {
    self.decay = decay
    self.updateCount = updateCount
    self.scale = scale
    self.sizes = sizes
  }
}
