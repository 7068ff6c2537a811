//===--- RunProgress.swift - how far a run is -----------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// How far a run is.
package struct RunProgress: Sendable {
  package let step: Int
  package let steps: Int
  /// Of the step's batch.
  package let loss: Double
  /// The last that was measured.
  package let validationLoss: Double
}
