//===--- Mark.swift - a value of x with a name ----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A value of x, drawn as a line across the chart, with a name beside the line
/// unless the name is empty.
package struct Mark: Sendable, Hashable {
  package var name: String
  package var x: Double

  package init(_ name: String, x: Double) {
    self.name = name
    self.x = x
  }
}

extension SVGDocument {
  /// Adds the lines and names of the marks that the frame has room for. The
  /// names stand inside, beside the upper end of their lines.
  mutating func add(_ marks: [Mark], _ frame: Frame) {
    for mark in marks where frame.x.scale.shows(mark.x) {
      let fraction = frame.x.fraction(mark.x)
      guard (0...1).contains(fraction) else { continue }
      let x = frame.left + fraction * (frame.right - frame.left)
      add(
        "path",
        [
          "d": path([Point(x, frame.top), Point(x, frame.bottom)]),
          "stroke": "#444444", "stroke-dasharray": "2 4",
        ])
      if mark.name.isEmpty { continue }
      let isNearRight = fraction > 0.9
      add(
        mark.name, at: Point(x + (isNearRight ? -5 : 5), frame.top + 15),
        anchor: isNearRight ? "end" : "start")
    }
  }
}
