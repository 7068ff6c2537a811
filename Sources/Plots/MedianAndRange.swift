//===--- MedianAndRange.swift - a summary of several runs -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Numerals

/// The median and the range of some numbers, for instance of runs with
/// different seeds.
package struct MedianAndRange: Sendable, Hashable {
  package let lowest, median, highest: Double

  /// The median and range of at least one number. Of an even count, the median
  /// is the upper of the two numbers in the middle. NaN is more than any
  /// number.
  package init(_ values: [Double]) {
    let sorted = values.sorted { $0.isBelow($1) }
    lowest = sorted[0]
    median = sorted[sorted.count / 2]
    highest = sorted[sorted.count - 1]
  }

  /// The median and range at each index of some runs, which must be equally
  /// long.
  package static func byIndex(_ runs: [[Double]]) -> [MedianAndRange] {
    runs[0].indices.map { index in MedianAndRange(runs.map { $0[index] }) }
  }

  /// The text "median (lowest to highest)".
  package func text(_ number: (Double) -> String) -> String {
    "\(number(median)) (\(number(lowest)) to \(number(highest)))"
  }
}

extension Curve {
  /// A line through the medians, in a band that reaches over the ranges.
  package init(
    _ name: String, x: [Double], _ values: [MedianAndRange],
    markers: Markers = .none, style: CurveStyle? = nil
  ) {
    func points(_ value: KeyPath<MedianAndRange, Double>) -> [Point] {
      zip(x, values).map { Point($0, $1[keyPath: value]) }
    }
    self.init(
      name, points(\.median), band: Band(points(\.lowest), points(\.highest)),
      markers: markers, style: style)
  }
}
