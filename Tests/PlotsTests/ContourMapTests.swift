//===--- ContourMapTests.swift - maps of functions ------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Plots
import Testing

@Suite struct `A contour map` {
  private func map(
    levels: [Double] = [-4, -1], scale: Axis.Scale = .linear,
    _ function: (Double, Double) -> Double
  ) throws(PlotError) -> ContourMap {
    try ContourMap(
      title: "Map", x: Axis("x", range: -3...3), y: Axis("y", range: -3...3),
      value: Axis("value", scale: scale), levels: levels, colours: .viridis,
      curves: [Curve("path", [Point(0, 0), Point(1, 1)], markers: .last)],
      landmarks: [Landmark("here & there", Point(1, 1))], of: function)
  }

  /// The area above each level, as a share of the whole.
  private func shares(_ map: ContourMap) throws -> [Double] {
    let picture = try #require(Picture(map.svg()))
    let outline = picture.elements("path", where: "fill", is: "none")
    let whole = area(loops(outline.last?.attributes["d"] ?? "")[0])
    return picture.elements("path", where: "fill-rule", is: "evenodd").map {
      loops($0.attributes["d"] ?? "").map { area($0) / whole }.max() ?? 0
    }
  }

  @Test func `encloses what lies above a level`() throws {
    let shares = try shares(map { -$0 * $0 - $1 * $1 })
    #expect(shares.count == 2)
    // Circles of radius 2 and 1 in a square of 6.
    #expect(abs(shares[0] - 4 * .pi / 36) < 1e-3)
    #expect(abs(shares[1] - .pi / 36) < 1e-3)
  }

  @Test func `closes areas at its border`() throws {
    let shares = try shares(map(levels: [-1, 1.5]) { x, _ in x })
    #expect(abs(shares[0] - 4.0 / 6) < 1e-3)
    #expect(abs(shares[1] - 1.5 / 6) < 1e-3)
  }

  @Test func `takes the logarithm of 0 as below all levels`() throws {
    // Distances from a point of the grid's left border.
    let shares = try shares(
      map(levels: [0.001, 10], scale: .logarithmic) { x, _ in x + 3 })
    // All but the first of 159 columns.
    #expect(abs(shares[0] - (1 - 1.0 / 159)) < 1e-3 && shares[1] == 0)
  }

  @Test func `names what is in it`() throws {
    let texts = try #require(Picture(map { $0 + $1 }.svg())).texts
    for text in ["Map", "x", "y", "value", "path", "here & there", "-4", "-1"] {
      #expect(texts.contains(text))
    }
  }

  @Test func `shows a marker that lies on a landmark`() throws {
    var map = try map { $0 + $1 }
    map.curves[0].points.append(Point(2, 0))
    map.curves[0].markers = .one(1)
    let elements = try #require(Picture(map.svg())).elements
    let markers = elements.indices.filter { elements[$0].name == "circle" }
    // One in the legend, and the one at (1, 1).
    #expect(markers.count == 2)
    let star = try #require(
      elements.firstIndex {
        $0.name == "path" && $0.attributes["fill"] == "#ffffff"
      })
    let stars = loops(elements[star].attributes["d"] ?? "")
    #expect(stars.count == 1 && stars[0].count == 10)
    let marker = try #require(
      markers.first { index in
        let (x, y) = (
          Double(elements[index].attributes["cx"] ?? ""),
          Double(elements[index].attributes["cy"] ?? "")
        )
        return abs((x ?? 0) - stars[0][0].x) < 0.1
          && abs((y ?? 0) - stars[0][0].y) < 14
      })
    #expect(star < marker)
  }

  @Test func `is refused with values it has no colour for`() {
    #expect(throws: PlotError.mapValue(.infinity, column: 0, row: 0)) {
      try map { _, _ in .infinity }
    }
    #expect(throws: PlotError.levels([1, 1])) {
      try map(levels: [1, 1]) { $0 + $1 }
    }
  }
}
