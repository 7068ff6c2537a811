//===--- Marker.swift - a sign for single points --------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A sign drawn on a point of a curve.
enum Marker: CaseIterable {
  case circle, square, triangle, diamond

  func draw(at p: Point, _ colour: Colour, into svg: inout SVGDocument) {
    let r = 4.5
    let corners: [Point]
    switch self {
    case .circle:
      svg.add(
        "circle",
        [
          "cx": SVGDocument.number(p.x), "cy": SVGDocument.number(p.y),
          "r": SVGDocument.number(r), "fill": colour.text, "stroke": "#ffffff",
        ])
      return
    case .square:
      corners = [
        Point(p.x - r, p.y - r), Point(p.x + r, p.y - r),
        Point(p.x + r, p.y + r), Point(p.x - r, p.y + r),
      ]
    case .triangle:
      corners = [
        Point(p.x, p.y - 1.3 * r), Point(p.x + 1.2 * r, p.y + r),
        Point(p.x - 1.2 * r, p.y + r),
      ]
    case .diamond:
      corners = [
        Point(p.x, p.y - 1.4 * r), Point(p.x + 1.4 * r, p.y),
        Point(p.x, p.y + 1.4 * r), Point(p.x - 1.4 * r, p.y),
      ]
    }
    svg.add(
      "path",
      [
        "d": path(corners, isClosed: true), "fill": colour.text,
        "stroke": "#ffffff",
      ])
  }
}
