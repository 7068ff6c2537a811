//===--- BarChart.swift - numbers beside their names ----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Numerals

/// Horizontal bars, for numbers that have names. Bars begin at 0, or at the
/// lower end of a logarithmic axis. A number that the axis cannot show, and one
/// below 0, has no bar.
///
///     let row = BarChart.Row("clip", [1.2, nil])
///     let chart = BarChart(
///       title: "Options", x: Axis("ratio"), series: ["blas", "fused"],
///       rows: [row])
package struct BarChart: Sendable {
  package var title: String
  /// The quantity of the bars.
  package var x: Axis
  /// The names of the bars of a row.
  package var series: [String]
  package var rows: [Row]
  package var marks: [Mark]

  /// A name, and a number for each series.
  package struct Row: Sendable, Hashable {
    package var name: String
    /// `nil` stands for a series without a number.
    package var values: [Double?]

    package init(_ name: String, _ values: [Double?]) {
      self.name = name
      self.values = values
    }
  }

  package init(
    title: String, x: Axis, series: [String], rows: [Row], marks: [Mark] = []
  ) {
    self.title = title
    self.x = x
    self.series = series
    self.rows = rows
    self.marks = marks
  }

  private static let thickness = 13.0

  /// The picture, 800 pixels wide, and as high as its rows ask for.
  package func svg() throws(PlotError) -> String {
    let values = rows.flatMap(\.values).compactMap(\.self).filter(shows)
    if values.isEmpty { throw .nothingToDraw(chart: title) }
    let legend = Legend(entries: series.count > 1 ? entries : [])
    // Room for the number behind the longest bar.
    let room = (values.max() ?? 0) * (x.scale == .linear ? 1.15 : 4)
    let frame = Frame(
      title: title, x: try ScaledAxis(x, showing: values + [0, room]),
      y: ScaledAxis(names: rows.map(\.name)), legend: legend,
      width: 800,
      height: 104 + legend.height(width: 560)
        + Double(rows.count) * (Self.thickness * Double(series.count) + 9),
      marginRight: 28)
    let rowHeight = (frame.bottom - frame.top) / Double(rows.count)
    let thickness = (rowHeight - 9) / Double(series.count)
    var svg = SVGDocument()
    frame.draw(into: &svg)
    for (index, row) in rows.enumerated() {
      let top = frame.top + Double(index) * rowHeight + 4.5
      for (series, value) in row.values.enumerated() {
        guard let value, shows(value) else { continue }
        draw(value, series, top + Double(series) * thickness, frame, &svg)
      }
    }
    svg.add(marks, frame)
    frame.drawOutline(into: &svg)
    return svg.text(
      .chart, width: frame.width, height: frame.height, title: title)
  }

  private func shows(_ value: Double) -> Bool {
    value >= 0 && x.scale.shows(value)
  }

  private func draw(
    _ value: Double, _ series: Int, _ top: Double, _ frame: Frame,
    _ svg: inout SVGDocument
  ) {
    let fraction = min(frame.x.fraction(value), 1)
    let width = fraction * (frame.right - frame.left)
    svg.add(
      "rect",
      [
        "x": SVGDocument.number(frame.left), "y": SVGDocument.number(top),
        "width": SVGDocument.number(width),
        "height": SVGDocument.number(Self.thickness - 2),
        "fill": entries[series].style.colour.text,
      ])
    svg.add(
      value.text(significant: 3),
      at: Point(frame.left + width + 5, top + Self.thickness - 3),
      anchor: "start")
  }

  /// The names of the series, with thick lines in their colours.
  private var entries: [Legend.Entry] {
    series.enumerated().map { index, name in
      var style = CurveStyle(
        CurveStyle.distinct[index % CurveStyle.distinct.count].colour)
      style.width = Self.thickness - 2
      return Legend.Entry(name: name, style: style, marker: nil, hasBand: false)
    }
  }
}
