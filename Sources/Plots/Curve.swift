//===--- Curve.swift - a line of a chart ----------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A line through points. A point that the axes cannot show (NaN, infinite, not
/// positive on a logarithmic axis) leaves a gap.
///
///     Curve("AdamW", points)
///     Curve("AdamW", medians, band: Band(lowest, highest))
package struct Curve: Sendable {
  /// The name in the legend.
  package var name: String
  package var points: [Point]
  /// A shaded area, for instance the spread over seeds.
  package var band: Band?
  package var markers: Markers
  /// The look of the line. `nil` stands for one of ``CurveStyle/distinct``.
  package var style: CurveStyle?

  package enum Markers: Sendable, Hashable {
    case none, last, all
    /// A marker on one point, by its index.
    case one(Int)
  }

  package init(
    _ name: String, _ points: [Point], band: Band? = nil,
    markers: Markers = .none, style: CurveStyle? = nil
  ) {
    self.name = name
    self.points = points
    self.band = band
    self.markers = markers
    self.style = style
  }
}
