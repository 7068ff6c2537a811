//===--- LineChartTests.swift - charts of curves --------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Plots
import Testing

@Suite struct `A line chart` {
  private func chart(
    _ points: [Point], x: Axis = Axis("step"), y: Axis = Axis("loss")
  ) -> LineChart {
    LineChart(title: "Loss", x: x, y: y, curves: [Curve("a", points)])
  }

  private func picture(_ chart: LineChart) throws -> Picture {
    try #require(Picture(chart.svg()))
  }

  private let line = [Point(0, 1), Point(50, 10), Point(100, 1_000)]

  @Test func `says what it shows`() throws {
    var chart = chart(line, y: Axis("loss (nats)", scale: .logarithmic))
    chart.curves.append(Curve("b", line, band: Band(line, line)))
    let texts = try picture(chart).texts
    for text in ["Loss", "step", "loss (nats)", "a", "b"] {
      #expect(texts.contains(text))
    }
  }

  @Test func `says which axes are logarithmic`() throws {
    let linear = try picture(chart(line)).texts
    let y = try picture(chart(line, y: Axis("loss", scale: .logarithmic))).texts
    let both = try picture(
      chart(
        [Point(1, 1), Point(2, 2)], x: Axis("step", scale: .logarithmic),
        y: Axis("loss", scale: .logarithmic))
    ).texts
    #expect([linear, y, both].map { $0.count { $0 == "log" } } == [0, 1, 2])
  }

  @Test func `escapes what XML means otherwise`() throws {
    let title = "a < b & \"c\" > 'd' \u{1}"
    var chart = chart(line, x: Axis(title), y: Axis(title))
    chart.title = title
    chart.curves[0].name = title
    let shown = "a < b & \"c\" > 'd' \u{FFFD}"
    #expect(try picture(chart).texts.count { $0 == shown } == 4)
  }

  @Test(arguments: [
    (0.0...1.0, Axis.Scale.linear, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    (0...5_000, .linear, ["0", "1,000", "2,000", "3,000", "4,000", "5,000"]),
    (-0.003...0.003, .linear, ["-0.003", "0.000", "0.003"]),
    (0.01...100, .logarithmic, ["0.01", "0.1", "1", "10", "100"]),
    (1e-8...1, .logarithmic, ["10\u{2212}8", "10\u{2212}4", "100"]),
    (2...20, .logarithmic, ["2", "5", "10", "20"]),
    (7...8, .logarithmic, ["7.0", "7.2", "7.4", "7.6", "7.8", "8.0"]),
    (0.9...0.9999, .nearOne, ["0.9", "0.99", "0.999", "0.9999"]),
  ])
  func `has round numbers on its axes`(
    _ range: ClosedRange<Double>, _ scale: Axis.Scale, _ labels: [String]
  ) throws {
    let axis = Axis("y", scale: scale, range: range)
    let points = [Point(0, range.lowerBound), Point(1, range.upperBound)]
    let texts = try picture(chart(points, y: axis)).texts
    #expect(labels.allSatisfy(texts.contains), "\(texts)")
  }

  @Test func `finds a range of round numbers`() throws {
    let texts = try picture(chart([Point(0.3, 7), Point(9.7, 93)])).texts
    #expect(["0", "10", "100"].allSatisfy(texts.contains), "\(texts)")
    let one = try picture(chart([Point(2, 5)])).texts
    #expect(["2", "5"].allSatisfy { one.joined().contains($0) })
  }

  @Test func `has a band where both of its lines can be shown`() throws {
    func points(_ y: Double, without gap: Int) -> [Point] {
      (0..<8).map { Point(Double($0), $0 == gap ? .nan : y) }
    }
    let band = Band(points(1, without: 2), points(2, without: 5))
    let middle = points(1.5, without: 8)
    var chart = chart(middle)
    chart.curves[0].band = band
    let shapes = try picture(chart).elements(
      "path", where: "fill-opacity", is: "0.2")
    let corners = shapes.map { loops($0.attributes["d"] ?? "").joined() }
    #expect(corners.map(\.count) == [4, 4, 4])
    for corners in corners {
      let x = corners.map(\.x)
      #expect(x == x.reversed() && Set(x).count == 2)
    }
  }

  @Test func `leaves gaps where there is nothing to show`() throws {
    func parts(_ points: [Point], _ scale: Axis.Scale) throws -> Int {
      let svg = try picture(chart(points, y: Axis("y", scale: scale)))
      let lines = svg.elements("path", where: "stroke-width", is: "2")
      // The first line is the legend's.
      return lines[1].attributes["d"]?.count { $0 == "M" } ?? 0
    }
    #expect(try parts(line, .linear) == 1)
    for gap in [Double.nan, .infinity, -.infinity] {
      #expect(try parts(line + [Point(110, gap)] + line, .linear) == 2)
    }
    for gap in [0.0, -1] {
      #expect(try parts(line + [Point(110, gap)] + line, .linear) == 1)
      #expect(try parts(line + [Point(110, gap)] + line, .logarithmic) == 2)
    }
  }

  @Test func `is refused without anything to show`() {
    for points in [[], [Point(.nan, 1)], [Point(1, .infinity)]] {
      #expect(throws: PlotError.nothingToDraw(chart: "Loss")) {
        try chart(points).svg()
      }
    }
    #expect(throws: PlotError.nothingToDraw(chart: "Loss")) {
      try chart([Point(1, -1)], y: Axis("y", scale: .logarithmic)).svg()
    }
  }

  @Test(arguments: [
    (1.0...1.0, Axis.Scale.linear), (0.0...1.0, .logarithmic),
    (1.0...Double.infinity, .linear), (0.5...1.0, .nearOne),
  ])
  func `is refused with a range that its scale cannot show`(
    _ range: ClosedRange<Double>, _ scale: Axis.Scale
  ) {
    let axis = Axis("y", scale: scale, range: range)
    let error = PlotError.range(
      lower: range.lowerBound, upper: range.upperBound, axis: "y")
    let points = [Point(0, 0.6), Point(1, 0.7)]
    #expect(throws: error) { try chart(points, y: axis).svg() }
  }

  @Test func `stays small with many points, and keeps the extremes`() throws {
    var points = (0..<200_000).map { Point(Double($0), Double($0 % 7)) }
    points[123_456].y = 50
    let svg = try chart(points).svg()
    #expect(svg.utf8.count < 100_000)
    let picture = try #require(Picture(svg))
    let outline = try #require(
      picture.elements("path", where: "stroke", is: "#444444").last)
    let top = loops(outline.attributes["d"] ?? "")[0].map(\.y).min()
    let lines = picture.elements("path", where: "stroke-width", is: "2")
    let highest = loops(lines[1].attributes["d"] ?? "")[0].map(\.y).min()
    #expect(highest == top)
  }
}
