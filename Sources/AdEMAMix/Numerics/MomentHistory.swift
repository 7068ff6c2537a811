//===--- MomentHistory.swift - the steps that moments went through --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The steps that the moments of a group, or of one tensor, have taken part in,
/// and the scales that those steps have left.
package struct MomentHistory: Sendable, Hashable {
  /// Steps that each moment has taken part in.
  package var stepCounts = MomentStepCounts(0)
  /// The factors between the moments and the buffers.
  package var scales = MomentScales()

  /// Moments that have taken part in no step.
  package init() {}

  /// A history that comes from outside.
  package init(stepCounts: MomentStepCounts, scales: MomentScales) {
    self.stepCounts = stepCounts
    self.scales = scales
  }

  /// Counts a step that has left the scales.
  mutating func count(_ scales: MomentScales) {
    self.scales = scales
    stepCounts.fast.count()
    stepCounts.slow.count()
    stepCounts.second.count()
  }
}
