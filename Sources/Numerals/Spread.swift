//===--- Spread.swift - a mean and a standard deviation -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Numerals

/// The mean of some numbers, and how far they lie from it.
struct Spread {
  let count: Int
  let mean: Double
  /// The standard deviation of a sample.
  let deviation: Double

  init(_ values: [Double]) {
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    count = values.count
    self.mean = mean
    deviation = (squares / Double(max(values.count - 1, 1))).squareRoot()
  }

  func text(_ digits: Int = 4) -> String {
    "\(mean.text(decimals: digits)) ± \(deviation.text(decimals: digits))"
  }
}
