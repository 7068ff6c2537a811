//===--- RunRecord.swift - what a checkpoint keeps beside the state -------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What a run has measured, as the metadata of a checkpoint: whatever file a run
/// goes on from, its curve goes on with the same bits.
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

  /// Numbers are written so that reading them gives the same bits.
  var metadata: [String: String] {
    [
      Self.curveKey: curve.csv, Self.sumKey: "\(losses.sum)",
      Self.countKey: "\(losses.count)",
    ]
  }

  /// - Throws: ``RunError`` for what ``metadata`` does not give.
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

/// The losses of some steps.
struct LossSum {
  private(set) var sum = 0.0
  private(set) var count = 0

  var mean: Double { sum / Double(count) }

  mutating func add(_ loss: Double) {
    sum += loss
    count += 1
  }
}
