//===--- MedianAndRange.swift - what several runs have in common ----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Numerals

/// The median of some numbers, for instance of runs with different seeds, and
/// the range they lie in.
package struct MedianAndRange: Sendable, Hashable {
  package let lowest, median, highest: Double

  /// Of an even count, the median is the upper of the two in the middle. NaN is
  /// more than any number. There must be a number.
  package init(_ values: [Double]) {
    let sorted = values.sorted { $0.isBelow($1) }
    lowest = sorted[0]
    median = sorted[sorted.count / 2]
    highest = sorted[sorted.count - 1]
  }

  /// Those of the numbers at each index of some runs, which have equally many.
  package static func byIndex(_ runs: [[Double]]) -> [MedianAndRange] {
    runs[0].indices.map { index in MedianAndRange(runs.map { $0[index] }) }
  }

  /// "median (lowest to highest)"
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
