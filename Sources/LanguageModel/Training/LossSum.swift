//===--- LossSum.swift - the losses of some steps -------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The sum of the losses of some steps.
struct LossSum {
  private(set) var sum = 0.0
  private(set) var count = 0

  var mean: Double { sum / Double(count) }

  mutating func add(_ loss: Double) {
    sum += loss
    count += 1
  }
}
