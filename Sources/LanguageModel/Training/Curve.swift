//===--- Curve.swift - losses over steps, and their file ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The points of a run, in the order of steps.
package struct Curve: Sendable, Hashable {
  package var points: [CurvePoint] = []

  package init() {}

  static let columns =
    "step,tokens,training_loss,validation_loss,gradient_norm"

  /// The points as CSV. Reading the text gives numbers with the same bits.
  package var csv: String {
    ([Self.columns] + points.map(\.csv)).map { $0 + "\n" }.joined()
  }

  /// The points out of CSV.
  ///
  /// - Throws: ``RunError/damagedCurve(line:)`` for a line that ``csv`` does
  ///   not write.
  package init(csv: String) throws(RunError) {
    let lines = csv.split(separator: "\n")
    guard lines.first == Self.columns[...] else { throw .damagedCurve(line: 1) }
    for (index, line) in lines.enumerated().dropFirst() {
      guard let point = CurvePoint(csv: line) else {
        throw .damagedCurve(line: index + 1)
      }
      points.append(point)
    }
  }
}
