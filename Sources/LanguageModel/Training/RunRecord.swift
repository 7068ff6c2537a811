//===--- RunRecord.swift - the metadata of a checkpoint -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The measurements of a run, as the metadata of a checkpoint. A run that goes
/// on from a checkpoint so has the same curve, to the bit, as one that never
/// stopped.
package struct RunRecord {
  private let curve: Curve
  private let losses: LossSum

  init(_ curve: Curve, _ losses: LossSum) {
    self.curve = curve
    self.losses = losses
  }

  private static let curveKey = "curve"
  private static let sumKey = "loss-sum"
  private static let countKey = "loss-count"

  /// The measurements as texts. Reading them gives numbers with the same bits.
  var metadata: [String: String] {
    [
      Self.curveKey: curve.csv, Self.sumKey: "\(losses.sum)",
      Self.countKey: "\(losses.count)",
    ]
  }

  /// Reads measurements out of metadata.
  ///
  /// - Throws: ``RunError`` for texts that ``metadata`` does not write.
  static func read(
    _ metadata: [String: String]
  ) throws(RunError) -> (Curve, LossSum) {
    guard let csv = metadata[curveKey] else {
      throw .damagedRecord(key: curveKey)
    }
    guard let sum = metadata[sumKey].flatMap(Double.init) else {
      throw .damagedRecord(key: sumKey)
    }
    guard let count = metadata[countKey].flatMap({ Int($0) }) else {
      throw .damagedRecord(key: countKey)
    }
    return (try Curve(csv: csv), LossSum(sum: sum, count: count))
  }
}
