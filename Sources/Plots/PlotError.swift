//===--- PlotError.swift - why there is no picture ------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The reason why a picture cannot be drawn.
package enum PlotError: Error, Hashable, CustomStringConvertible {
  /// No curve of the chart has a point that its axes can show.
  case nothingToDraw(chart: String)
  /// The range of an axis is empty, not finite, or has values that the scale of
  /// the axis cannot show.
  case range(lower: Double, upper: Double, axis: String)
  /// A value of a map is NaN or +infinity.
  case mapValue(Double, column: Int, row: Int)
  /// A map has fewer than two levels, or they do not ascend.
  case levels([Double])

  package var description: String {
    switch self {
    case .nothingToDraw(let chart):
      "'\(chart)' has no finite point on its axes"
    case .range(let lower, let upper, let axis):
      "axis '\(axis)' from \(lower) to \(upper): it must ascend, be "
        + "finite, positive if logarithmic, and below 1 if near 1"
    case .mapValue(let value, let column, let row):
      "the map is \(value) in column \(column) of row \(row): it must be finite"
    case .levels(let levels):
      "levels \(levels): there must be two or more, and they must ascend"
    }
  }
}
