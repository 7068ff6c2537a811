//===--- LineChart.swift - curves over an axis ----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// Curves on linear or logarithmic axes, with a legend above them.
///
///     let chart = LineChart(
///       title: "Training loss", x: Axis("step"),
///       y: Axis("loss (nats)", scale: .logarithmic),
///       curves: [Curve("AdamW", points), Curve("AdEMAMix", others)])
///     try folder.write("loss.svg", chart.svg())
package struct LineChart: Sendable {
  package var title: String
  package var x, y: Axis
  package var curves: [Curve]
  package var marks: [Mark]

  package init(
    title: String, x: Axis, y: Axis, curves: [Curve], marks: [Mark] = []
  ) {
    self.title = title
    self.x = x
    self.y = y
    self.curves = curves
    self.marks = marks
  }

  /// The picture, 800 by 500 pixels.
  package func svg() throws(PlotError) -> String {
    let legend = Legend(entries: Legend.entries(curves))
    let points = curves.flatMap {
      $0.points + ($0.band?.lower ?? []) + ($0.band?.upper ?? [])
    }.filter { x.scale.shows($0.x) && y.scale.shows($0.y) }
    if points.isEmpty { throw .nothingToDraw(chart: title) }
    let xAxis = try ScaledAxis(x, showing: points.lazy.map(\.x))
    // Half of the last label stands to the right of the rectangle.
    let label = xAxis.ticks.last.map { TextSize.tick.width(of: $0.label) } ?? 0
    let frame = Frame(
      title: title, x: xAxis,
      y: try ScaledAxis(y, showing: points.lazy.map(\.y)), legend: legend,
      width: 800, height: 500, marginRight: max(28, label / 2 + 4))
    var svg = SVGDocument()
    frame.draw(into: &svg)
    svg.clipped(to: frame) {
      $0.add(curves, legend.entries, frame, hasHalo: false)
    }
    svg.add(marks, frame)
    frame.drawOutline(into: &svg)
    return svg.text(
      .chart, width: frame.width, height: frame.height, title: title)
  }
}

extension SVGDocument {
  /// Adds content that is cut at the rectangle of the frame.
  mutating func clipped(
    to frame: Frame, content: (inout SVGDocument) -> Void
  ) {
    // A page may hold many pictures. Those with the same name have the same
    // rectangle.
    let corners = [frame.left, frame.top, frame.right, frame.bottom]
    let name =
      "axes-" + corners.map(Self.number).joined(separator: "-")
    add("clipPath", ["id": name]) {
      $0.add(
        "rect",
        [
          "x": Self.number(frame.left), "y": Self.number(frame.top),
          "width": Self.number(frame.right - frame.left),
          "height": Self.number(frame.bottom - frame.top),
        ])
    }
    add("g", ["clip-path": "url(#\(name))"], content: content)
  }
}
