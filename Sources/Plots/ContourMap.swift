//===--- ContourMap.swift - a function of two values, in colours ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Numerals

/// Areas between the levels of a function, with a colour bar, and curves on
/// top.
package struct ContourMap: Sendable {
  package var title: String
  package var x, y: Axis
  /// The quantity that is mapped, its unit, and the scale of interpolation.
  package var value: Axis
  /// The values at which colours change, in ascending order.
  package var levels: [Double]
  package var colours: ColourMap
  package var grid: Grid
  package var curves: [Curve]
  package var landmarks: [Landmark]

  /// A map of samples at equal distances from end to end of the axes, which
  /// must have ranges. On a logarithmic axis they are at equal ratios.
  ///
  /// `sample` is the value at a column, counted from the left, and a row,
  /// counted from below. A value of -infinity, or 0 on a logarithmic scale,
  /// lies below all levels. ``PlotError`` is thrown for a value that is NaN or
  /// +infinity, and for levels that do not ascend.
  package init(
    title: String, x: Axis, y: Axis, value: Axis, levels: [Double],
    colours: ColourMap, columns: Int, rows: Int,
    sample: (_ column: Int, _ row: Int) -> Double
  ) throws(PlotError) {
    guard levels.count > 1, zip(levels, levels.dropFirst()).allSatisfy(<) else {
      throw .levels(levels)
    }
    self.title = title
    self.x = x
    self.y = y
    self.value = value
    self.levels = levels
    self.colours = colours
    curves = []
    landmarks = []
    grid = try Grid(columns, rows, value.scale, sample)
  }

  /// A map of a function of x and y, with curves on top.
  ///
  /// ``PlotError`` is thrown for a value that is NaN or +infinity, for levels
  /// that do not ascend, and for an axis without a valid range.
  package init(
    title: String, x: Axis, y: Axis, value: Axis, levels: [Double],
    colours: ColourMap, curves: [Curve], landmarks: [Landmark],
    of function: (Double, Double) -> Double
  ) throws(PlotError) {
    let (columns, rows) = (160, 120)
    let xAxis = try ScaledAxis(x, showing: [])
    let yAxis = try ScaledAxis(y, showing: [])
    try self.init(
      title: title, x: x, y: y, value: value, levels: levels, colours: colours,
      columns: columns, rows: rows
    ) { column, row in
      function(
        xAxis.value(at: Double(column) / Double(columns - 1)),
        yAxis.value(at: Double(row) / Double(rows - 1)))
    }
    self.curves = curves
    self.landmarks = landmarks
  }

  /// The picture, 800 by 560 pixels.
  package func svg() throws(PlotError) -> String {
    let legend = Legend(entries: Legend.entries(curves))
    let barLabels = levels.map(decimalText)
    let barWidth = barLabels.map(TextSize.tick.width).max() ?? 0
    let frame = Frame(
      title: title, x: try ScaledAxis(x, showing: []),
      y: try ScaledAxis(y, showing: []), legend: legend,
      width: 800, height: 560, marginRight: 88 + barWidth)
    var svg = SVGDocument()
    svg.clipped(to: frame) { svg in
      drawAreas(into: &svg, frame)
      svg.add(
        curves, legend.entries, frame, landmarks: landmarks, hasHalo: true)
    }
    frame.draw(into: &svg, onAreas: true)
    frame.drawOutline(into: &svg)
    drawBar(into: &svg, frame, barLabels)
    return svg.text(
      .map, width: frame.width, height: frame.height, title: title)
  }

  /// The colour of the area above the first `count` levels.
  private func colour(above count: Int) -> Colour {
    colours.colour(Double(count) / Double(levels.count))
  }

  /// Draws the whole rectangle in the colour below all levels, and over it,
  /// level by level, the area above the level.
  private func drawAreas(into svg: inout SVGDocument, _ frame: Frame) {
    svg.add(
      "path",
      ["d": path(frame.corners, isClosed: true), "fill": colour(above: 0).text])
    for (index, level) in levels.enumerated() {
      let loops = grid.loops(around: value.scale.position(level))
      let line = loops.map { loop in
        path(
          straightened(
            loop.map {
              Point(
                frame.left + $0.x * (frame.right - frame.left),
                frame.bottom - $0.y * (frame.bottom - frame.top))
            }), isClosed: true)
      }.joined()
      svg.add(
        "path",
        [
          "d": line, "fill": colour(above: index + 1).text,
          "fill-rule": "evenodd", "stroke": "#ffffff", "stroke-opacity": "0.5",
          "stroke-width": "0.8",
        ])
    }
  }

  private func drawBar(
    into svg: inout SVGDocument, _ frame: Frame, _ labels: [String]
  ) {
    let left = frame.right + 18
    let height = (frame.bottom - frame.top) / Double(levels.count + 1)
    for count in 0...levels.count {
      svg.add(
        "rect",
        [
          "x": SVGDocument.number(left),
          "y": SVGDocument.number(frame.bottom - Double(count + 1) * height),
          "width": "18", "height": SVGDocument.number(height),
          "fill": colour(above: count).text, "stroke": "#444444",
          "stroke-width": "0.5",
        ])
    }
    for (index, label) in labels.enumerated() {
      svg.add(
        label,
        at: Point(left + 24, frame.bottom - Double(index + 1) * height + 4.5),
        anchor: "start")
    }
    let middle = SVGDocument.number((frame.top + frame.bottom) / 2)
    let edge = SVGDocument.number(frame.width - 14)
    svg.add(
      "text",
      [
        "x": edge, "y": middle, "text-anchor": "middle",
        "font-size": TextSize.label.text,
        "transform": "rotate(-90 \(edge) \(middle))",
      ], text: value.title)
  }
}
