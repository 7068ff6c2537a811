//===--- RunResult.swift - a run that has ended ---------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Numerals

/// The settings and the curve of a run that has ended.
package struct RunResult: Sendable {
  package let settings: RunSettings
  package let curve: Curve

  package init(settings: RunSettings, curve: Curve) {
    self.settings = settings
    self.curve = curve
  }

  package var finalLoss: Double { curve.points.last?.validationLoss ?? .nan }

  /// The interpolated step from which on the validation loss is at most `loss`,
  /// or `nil` if the last loss is higher.
  package func step(reaching loss: Double) -> Double? {
    guard
      let index = curve.points.firstIndexForGood(where: {
        $0.validationLoss <= loss
      })
    else { return nil }
    let point = curve.points[index]
    guard index > 0 else { return Double(point.step) }
    let before = curve.points[index - 1]
    let share =
      (before.validationLoss - loss)
      / (before.validationLoss - point.validationLoss)
    return Double(before.step) + share * Double(point.step - before.step)
  }
}
