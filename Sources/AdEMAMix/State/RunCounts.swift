//===--- RunCounts.swift - how far a run is -------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The counts of an optimizer since its run began: from 0 to 2^53, where they
/// stop.
package struct RunCounts: Sendable, Hashable {
  /// Steps completed.
  package var steps = 0
  /// Calls that did nothing, as their gradients were not finite.
  package var skippedSteps = 0
  /// Skipped calls since the last call that did something.
  package var consecutiveSkips = 0
  /// Elements that were not finite, and taken as 0.
  package var zeroedElements = 0
  /// Gradients that have accumulated for the next step.
  package var accumulatedGradients = 0

  package init() {}

  /// Checks counts that come from outside.
  func check() throws(AdEMAMixError) {
    for count in [
      steps, skippedSteps, consecutiveSkips, zeroedElements,
      accumulatedGradients,
    ] { try checkStepCount(count, group: nil) }
  }
}
