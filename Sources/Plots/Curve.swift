//===--- Curve.swift - what is drawn as a line ----------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A point in the units of the axes.
package struct Point: Sendable, Hashable {
  package var x, y: Double

  package init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }
}

/// A line through points. Points that the axes cannot show (NaN, infinite, not
/// positive on a logarithmic axis) leave a gap.
///
///     Curve("AdamW", points)
///     Curve("AdamW", medians, band: Band(lowest, highest))
package struct Curve: Sendable {
  /// What the legend says.
  package var name: String
  package var points: [Point]
  /// A shaded area, for instance the spread over seeds.
  package var band: Band?
  package var markers: Markers
  /// `nil` is one that no other curve of the chart has.
  package var style: CurveStyle?

  package enum Markers: Sendable {
    case none, last, all
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

/// The area between two lines with the same x values. Where the axes cannot show
/// a point of either, it has a gap.
package struct Band: Sendable {
  package var lower, upper: [Point]

  package init(_ lower: [Point], _ upper: [Point]) {
    self.lower = lower
    self.upper = upper
  }
}

/// A place with a name, drawn as a star.
package struct Landmark: Sendable {
  package var name: String
  package var point: Point

  package init(_ name: String, _ point: Point) {
    self.name = name
    self.point = point
  }
}
