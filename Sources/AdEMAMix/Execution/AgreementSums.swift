//===--- AgreementSums.swift - the counts of a cautious update ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The counts that a cautious update goes by.
struct AgreementSums {
  /// Elements whose direction and gradient agree in sign.
  var count = 0
  /// Elements whose gradient is not 0.
  var presentCount = 0

  mutating func add(_ other: AgreementSums) {
    count += other.count
    presentCount += other.presentCount
  }

  /// The factor of the update that is left.
  var factor: Double {
    // Without a gradient nothing moves.
    if presentCount == 0 { return 1 }
    // So that a few elements do not take huge steps for all.
    return 1 / max(Double(count) / Double(presentCount), 1e-3)
  }
}

extension AgreementSums: ExchangedSum {
  /// The two counts.
  mutating func pass(to words: inout SumWords) {
    words.pass(count: &count)
    words.pass(count: &presentCount)
  }
}
