//===--- Strokes.swift - curves and markers as paths ----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension Curve {
  static let bandOpacity = "0.2"

  /// The pixels of the points with a marker. `runs` are the pixels of the
  /// points that the axes can show.
  fileprivate func marked(_ runs: [[Point]], _ frame: Frame) -> [Point] {
    switch markers {
    case .none: []
    case .last: runs.joined().suffix(1)
    case .all: Array(runs.joined())
    case .one(let index): [points[index]].filter(frame.shows).map(frame.place)
    }
  }

  fileprivate func drawBand(
    into svg: inout SVGDocument, _ frame: Frame, _ style: CurveStyle
  ) {
    guard let band else { return }
    let runs = zip(band.lower, band.upper).split { lower, upper in
      !frame.shows(lower) || !frame.shows(upper)
    }
    for run in runs {
      let lower = thinned(run.map { frame.place($0.0) })
      let upper = thinned(run.map { frame.place($0.1) })
      svg.add(
        "path",
        [
          "d": path(lower + upper.reversed(), isClosed: true),
          "fill": style.colour.text, "fill-opacity": Self.bandOpacity,
        ])
    }
  }
}

extension SVGDocument {
  /// Adds the bands of all curves, then the lines, then the landmarks, then the
  /// markers. In this order no curve hides a line or marker of another one.
  ///
  /// With a halo, lines have a light edge, so that they are visible on any
  /// ground.
  mutating func add(
    _ curves: [Curve], _ entries: [Legend.Entry], _ frame: Frame,
    landmarks: [Landmark] = [], hasHalo: Bool
  ) {
    for (curve, entry) in zip(curves, entries) {
      curve.drawBand(into: &self, frame, entry.style)
    }
    let runs = curves.map { frame.runs($0.points) }
    let lines = runs.map { $0.map { path($0) }.joined() }
    if hasHalo {
      for line in lines { add(halo: line) }
    }
    for (line, entry) in zip(lines, entries) { add(line: line, entry.style) }
    for landmark in landmarks { add(landmark, frame) }
    for ((curve, runs), entry) in zip(zip(curves, runs), entries) {
      for place in curve.marked(runs, frame) {
        entry.marker?.draw(at: place, entry.style.colour, into: &self)
      }
    }
  }
}

extension SVGDocument {
  /// Adds the light edge of a line.
  mutating func add(halo line: String) {
    add(
      "path",
      [
        "d": line, "fill": "none", "stroke": "#ffffff", "stroke-width": "4",
        "stroke-opacity": "0.6", "stroke-linejoin": "round",
      ])
  }

  /// Adds a line.
  mutating func add(line: String, _ style: CurveStyle) {
    add(
      "path",
      [
        "d": line, "fill": "none", "stroke": style.colour.text,
        "stroke-width": Self.number(style.width), "stroke-linejoin": "round",
        "stroke-dasharray": style.dashes.map(Self.number)
          .joined(separator: " "),
      ])
  }

  /// Adds a white star, larger than a marker on it, and its name: on the right,
  /// or on the left for a star near the right edge.
  mutating func add(_ landmark: Landmark, _ frame: Frame) {
    let place = frame.place(landmark.point)
    let corners = (0..<10).map { index in
      let radius = index.isMultiple(of: 2) ? 13.0 : 5.5
      let (sine, cosine) = starDirections[index]
      return Point(place.x + radius * sine, place.y - radius * cosine)
    }
    add(
      "path",
      [
        "d": path(corners, isClosed: true), "fill": "#ffffff",
        "stroke": "#000000", "stroke-width": "1.5",
      ])
    let isLeft = place.x > frame.left + 0.8 * (frame.right - frame.left)
    let text = Point(place.x + (isLeft ? -13 : 13), place.y + 20)
    add(landmark.name, at: text, anchor: isLeft ? "end" : "start")
  }
}

/// The sines and cosines of multiples of 36 degrees.
private let starDirections: [(Double, Double)] = [
  (0, 1), (0.588, 0.809), (0.951, 0.309), (0.951, -0.309), (0.588, -0.809),
  (0, -1), (-0.588, -0.809), (-0.951, -0.309), (-0.951, 0.309),
  (-0.588, 0.809),
]

/// The commands of a path through pixels.
func path(_ points: [Point], isClosed: Bool = false) -> String {
  guard let first = points.first else { return "" }
  var text = "M\(SVGDocument.number(first.x)) \(SVGDocument.number(first.y))"
  // A path of a single point would draw nothing.
  if points.count == 1 { text += "h0.1" }
  for point in points.dropFirst() {
    text += "L\(SVGDocument.number(point.x)) \(SVGDocument.number(point.y))"
  }
  return isClosed ? text + "Z" : text
}

/// A line without points that make no visible difference. Of the points that
/// follow each other in one column of pixels, it keeps the first, the lowest,
/// the highest and the last.
func thinned(_ points: [Point]) -> [Point] {
  var kept: [Point] = []
  var start = 0
  while start < points.count {
    let column = points[start].x.rounded(.down)
    var end = start
    var (lowest, highest) = (start, start)
    while end < points.count, points[end].x.rounded(.down) == column {
      if points[end].y < points[lowest].y { lowest = end }
      if points[end].y > points[highest].y { highest = end }
      end += 1
    }
    for index in Set([start, lowest, highest, end - 1]).sorted() {
      kept.append(points[index])
    }
    start = end
  }
  return kept
}
