//===--- Frame.swift - axes around a rectangle ----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The layout of a chart, and all that surrounds the curves: title, axes,
/// legend.
struct Frame {
  let title: String
  let x, y: ScaledAxis
  let legend: Legend
  let width, height: Double
  // The edges of the rectangle in which the curves are drawn.
  let left, right, top, bottom: Double

  /// A frame that leaves `marginRight` pixels free to the right of the
  /// rectangle.
  init(
    title: String, x: ScaledAxis, y: ScaledAxis, legend: Legend,
    width: Double, height: Double, marginRight: Double
  ) {
    self.title = title
    self.x = x
    self.y = y
    self.legend = legend
    self.width = width
    self.height = height
    let labels = y.ticks.map { TextSize.tick.width(of: $0.label) }
    left = 44 + (labels.max() ?? 0)
    right = width - marginRight
    top = 46 + legend.height(width: width - left - Self.edge)
    bottom = height - 58
  }

  /// The pixels that title and legend leave free at the right of the picture.
  private static let edge = 16.0

  /// The pixel of a point.
  func place(_ point: Point) -> Point {
    // A coordinate far outside could overflow the integer in which
    // `SVGDocument.number` rounds it.
    func limited(_ fraction: Double) -> Double { min(max(fraction, -4), 5) }
    return Point(
      left + limited(x.fraction(point.x)) * (right - left),
      bottom - limited(y.fraction(point.y)) * (bottom - top))
  }

  /// The points that the axes can show, as pixels, cut at each gap.
  func runs(_ points: [Point]) -> [[Point]] {
    points.split { !shows($0) }.map { thinned($0.map(place)) }
  }

  /// Whether the axes can show a point.
  func shows(_ point: Point) -> Bool {
    x.scale.shows(point.x) && y.scale.shows(point.y)
  }

  /// Draws the title, the axes and the legend. On the plain ground, a grid
  /// crosses the rectangle at the ticks; areas of colour have none, and the
  /// lines of their legend have a light edge.
  func draw(into svg: inout SVGDocument, onAreas: Bool = false) {
    svg.add(
      "text",
      [
        "x": SVGDocument.number(left), "y": "28", "font-weight": "bold",
        "font-size": TextSize.title.text,
      ], text: title)
    legend.draw(
      into: &svg, x: left, y: 44, width: width - left - Self.edge,
      hasHalo: onAreas)
    for tick in x.ticks { draw(tick, alongX: true, !onAreas, into: &svg) }
    for tick in y.ticks { draw(tick, alongX: false, !onAreas, into: &svg) }
    let middle = SVGDocument.number((left + right) / 2)
    svg.add(
      "text",
      [
        "x": middle, "y": SVGDocument.number(bottom + 44),
        "text-anchor": "middle", "font-size": TextSize.label.text,
      ], text: x.title)
    let y = SVGDocument.number((top + bottom) / 2)
    svg.add(
      "text",
      [
        "x": "20", "y": y, "text-anchor": "middle",
        "font-size": TextSize.label.text, "transform": "rotate(-90 20 \(y))",
      ], text: self.y.title)
    if x.scale == .logarithmic {
      svg.add("log", at: Point(right, bottom + 44), anchor: "end")
    }
    if self.y.scale == .logarithmic {
      svg.add("log", at: Point(left - 9, top - 12), anchor: "end")
    }
  }

  /// The corners of the rectangle.
  var corners: [Point] {
    [
      Point(left, top), Point(right, top), Point(right, bottom),
      Point(left, bottom),
    ]
  }

  /// Draws the outline of the rectangle, over the ends of the curves.
  func drawOutline(into svg: inout SVGDocument) {
    svg.add(
      "path",
      [
        "d": path(corners, isClosed: true), "fill": "none",
        "stroke": "#444444",
      ])
  }

  private func draw(
    _ tick: Tick, alongX: Bool, _ hasGrid: Bool, into svg: inout SVGDocument
  ) {
    let place =
      alongX
      ? left + x.fraction(tick.value) * (right - left)
      : bottom - y.fraction(tick.value) * (bottom - top)
    let isMinor = tick.label == .none
    let from = alongX ? Point(place, bottom) : Point(left, place)
    let length = isMinor ? 3.0 : 6.0
    let mark =
      alongX ? Point(place, bottom + length) : Point(left - length, place)
    svg.add("path", ["d": path([from, mark]), "stroke": "#444444"])
    if isMinor { return }
    if hasGrid {
      let far = alongX ? Point(place, top) : Point(right, place)
      svg.add("path", ["d": path([from, far]), "stroke": "#e4e4e4"])
    }
    let label =
      alongX ? Point(place, bottom + 21) : Point(left - 9, place + 4.5)
    svg.add(tick.label, at: label, anchor: alongX ? "middle" : "end")
  }
}

extension SVGDocument {
  /// Adds the label of a tick.
  mutating func add(_ label: Tick.Label, at place: Point, anchor: String) {
    switch label {
    case .none: break
    case .plain(let text): add(text, at: place, anchor: anchor)
    case .power(let exponent):
      add(
        "text",
        [
          "x": Self.number(place.x), "y": Self.number(place.y),
          "text-anchor": anchor, "font-size": TextSize.tick.text,
        ]
      ) {
        $0.add("tspan", [:], text: "10")
        $0.add(
          "tspan", ["dy": "-5", "font-size": "10"],
          text: "\(exponent)".replacing("-", with: "\u{2212}"))
      }
    }
  }

  mutating func add(_ text: String, at place: Point, anchor: String) {
    add(
      "text",
      [
        "x": Self.number(place.x), "y": Self.number(place.y),
        "text-anchor": anchor, "font-size": TextSize.tick.text,
      ], text: text)
  }
}
