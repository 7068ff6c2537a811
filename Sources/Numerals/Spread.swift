//===--- Spread.swift - a mean and a standard deviation -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The mean of some numbers, and how far they lie from it.
package struct Spread {
  package let mean: Double
  /// The standard deviation of a sample; 0 for a single number.
  private let deviation: Double

  /// The spread of numbers, which is NaN for none.
  package init(_ values: [Double]) {
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    self.mean = mean
    deviation = (squares / Double(max(values.count - 1, 1))).squareRoot()
  }

  /// The text "mean ± deviation", with some digits behind the point.
  package func text(_ digits: Int = 4) -> String {
    "\(mean.text(decimals: digits)) ± \(deviation.text(decimals: digits))"
  }
}
