//===--- BarChartTests.swift - charts of bars -----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Plots
import Testing

@Suite struct `A bar chart` {
  private let chart = BarChart(
    title: "Options", x: Axis("ratio"), series: ["blas", "fused"],
    rows: [
      BarChart.Row("plain", [1, 2]), BarChart.Row("clip < value", [4, nil]),
    ], marks: [Mark("one", x: 1), Mark("far", x: 1_000)])

  private func picture(_ chart: BarChart) throws -> Picture {
    try #require(Picture(chart.svg()))
  }

  /// The widths of the bars, from above.
  private func bars(_ picture: Picture, _ colour: String) -> [Double] {
    picture.elements("rect", where: "fill", is: colour)
      .compactMap { Double($0.attributes["width"] ?? "") }
  }

  @Test func `has bars as long as their numbers`() throws {
    let picture = try picture(chart)
    let (blas, fused) = (bars(picture, "#0072b2"), bars(picture, "#d55e00"))
    #expect(blas.count == 2 && fused.count == 1)
    // Lengths are in tenths of a pixel.
    #expect(abs(blas[1] - 4 * blas[0]) < 0.5)
    #expect(abs(fused[0] - 2 * blas[0]) < 0.5)
    for text in ["Options", "ratio", "blas", "fused", "plain", "clip < value"] {
      #expect(picture.texts.contains(text), "\(text)")
    }
  }

  @Test func `has a line at each mark that the axis can show`() throws {
    let picture = try picture(chart)
    #expect(picture.texts.contains("one") && !picture.texts.contains("far"))
    let line = try #require(
      picture.elements("path", where: "stroke-dasharray", is: "2 4").first)
    let bar = try #require(
      picture.elements("rect", where: "fill", is: "#0072b2").first)
    let numbers = ["x", "width"].compactMap {
      Double(bar.attributes[$0] ?? "")
    }
    // The line stands at 1, where the first bar ends. Lengths are in tenths of
    // a pixel.
    let x = try #require(loops(line.attributes["d"] ?? "").first?.first?.x)
    #expect(abs(x - numbers.reduce(0, +)) < 0.2)
  }

  @Test func `has no bar for what its axis cannot show`() throws {
    var chart = chart
    chart.series = ["blas"]
    let values = [0, -1, .nan, .infinity, 0.01, 10]
    chart.rows = values.map { BarChart.Row("\($0)", [$0]) }
    #expect(bars(try picture(chart), "#0072b2").count == 3)
    chart.x.scale = .logarithmic
    let widths = bars(try picture(chart), "#0072b2")
    #expect(widths.count == 2 && widths[1] > widths[0])
  }

  @Test func `is refused without anything to show`() {
    var chart = chart
    for rows in [[], [BarChart.Row("a", [.nan, nil])]] {
      chart.rows = rows
      #expect(throws: PlotError.nothingToDraw(chart: "Options")) {
        try chart.svg()
      }
    }
  }
}
