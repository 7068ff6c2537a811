//===--- Frame.swift - axes around a rectangle ----------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Where everything has its place in a chart, and what surrounds the curves.
struct Frame {
  let title: String
  let x, y: ScaledAxis
  let legend: Legend
  let width, height: Double
  // The rectangle of the curves.
  let left, right, top, bottom: Double

  /// A frame that keeps `marginRight` free beside the rectangle.
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

  /// What stays free at the right of the picture.
  private static let edge = 16.0

  /// The pixel of a point.
  func place(_ point: Point) -> Point {
    // Far outside, where lengths would not fit into a picture.
    func limited(_ fraction: Double) -> Double { min(max(fraction, -4), 5) }
    return Point(
      left + limited(x.fraction(point.x)) * (right - left),
      bottom - limited(y.fraction(point.y)) * (bottom - top))
  }

  /// The runs of points that the axes can show, as pixels.
  func runs(_ points: [Point]) -> [[Point]] {
    points.split { !shows($0) }.map { thinned($0.map(place)) }
  }

  /// Whether the axes can show a point.
  func shows(_ point: Point) -> Bool {
    x.scale.shows(point.x) && y.scale.shows(point.y)
  }

  /// Draws the title, the axes and the legend. With a grid, lines cross the
  /// rectangle at the ticks.
  func draw(into svg: inout SVGDocument, hasGrid: Bool = true) {
    svg.add(
      "text",
      [
        "x": SVGDocument.number(left), "y": "28", "font-weight": "bold",
        "font-size": TextSize.title.text,
      ], text: title)
    legend.draw(into: &svg, x: left, y: 44, width: width - left - Self.edge)
    for tick in x.ticks { draw(tick, alongX: true, hasGrid, into: &svg) }
    for tick in y.ticks { draw(tick, alongX: false, hasGrid, into: &svg) }
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
  }

  /// The corners of the rectangle.
  var corners: [Point] {
    [
      Point(left, top), Point(right, top), Point(right, bottom),
      Point(left, bottom),
    ]
  }

  /// Draws the outline, over what touches it.
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

/// The sizes of text, in pixels.
enum TextSize: Int {
  case tick = 13
  case label = 14
  case title = 17

  var text: String { String(rawValue) }

  /// About how wide a text is: fonts differ.
  func width(of text: String) -> Double {
    0.58 * Double(rawValue) * Double(text.count)
  }

  func width(of label: Tick.Label) -> Double {
    switch label {
    case .none: 0
    case .plain(let text): width(of: text)
    case .power(let exponent): width(of: "10") + 0.7 * width(of: "\(exponent)")
    }
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
