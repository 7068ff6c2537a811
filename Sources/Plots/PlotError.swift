//===--- PlotError.swift - what cannot be drawn ---------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Why there is no picture.
package enum PlotError: Error, Hashable, CustomStringConvertible {
  /// No curve of the chart has a point that its axes can show.
  case nothingToDraw(chart: String)
  /// A range that was asked for is empty, not finite, or beyond what
  /// the scale can show.
  case range(lower: Double, upper: Double, axis: String)
  /// A value of a map is NaN or +infinity.
  case mapValue(Double, column: Int, row: Int)
  /// A map needs two levels or more, in ascending order.
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
