//===--- LineChart.swift - curves over an axis ----------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
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

  package init(title: String, x: Axis, y: Axis, curves: [Curve]) {
    self.title = title
    self.x = x
    self.y = y
    self.curves = curves
  }

  /// The picture, 800 by 500 pixels.
  package func svg() throws(PlotError) -> String {
    let legend = Legend(entries: Legend.entries(curves))
    let points = curves.flatMap {
      $0.points + ($0.band?.lower ?? []) + ($0.band?.upper ?? [])
    }.filter { x.scale.shows($0.x) && y.scale.shows($0.y) }
    if points.isEmpty { throw .nothingToDraw(chart: title) }
    let frame = Frame(
      title: title, x: try ScaledAxis(x, showing: points.lazy.map(\.x)),
      y: try ScaledAxis(y, showing: points.lazy.map(\.y)), legend: legend,
      width: 800, height: 500, marginRight: 28)
    var svg = SVGDocument()
    frame.draw(into: &svg)
    svg.clipped(to: frame) {
      $0.add(curves, legend.entries, frame, hasHalo: false)
    }
    frame.drawOutline(into: &svg)
    return svg.text(width: frame.width, height: frame.height, title: title)
  }
}

extension SVGDocument {
  /// Adds content that is cut at the rectangle of the frame.
  mutating func clipped(
    to frame: Frame, content: (inout SVGDocument) -> Void
  ) {
    add("clipPath", ["id": "axes"]) {
      $0.add(
        "rect",
        [
          "x": Self.number(frame.left), "y": Self.number(frame.top),
          "width": Self.number(frame.right - frame.left),
          "height": Self.number(frame.bottom - frame.top),
        ])
    }
    add("g", ["clip-path": "url(#axes)"], content: content)
  }
}
