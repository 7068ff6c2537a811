//===--- DarkStyleTests.swift - pictures on dark backgrounds --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Foundation
import Plots
import Testing

@Suite struct `On a dark background` {
  /// The rules of a picture for readers who prefer a dark background.
  private func rules(_ svg: String) throws -> Substring {
    let start = try #require(svg.firstRange(of: "prefers-color-scheme:dark"))
    let end = try #require(svg.firstRange(of: "</style>"))
    return svg[start.upperBound..<end.lowerBound]
  }

  private let chart = LineChart(
    title: "Loss", x: Axis("step"), y: Axis("loss"),
    curves: CurveStyle.distinct.map {
      Curve("", [Point(0, 1), Point(1, 2)], style: $0)
    })

  @Test func `every colour that is dark has a lighter one`() throws {
    let svg = try chart.svg()
    let rules = try rules(svg)
    let picture = try #require(Picture(svg))
    let lines = picture.elements.compactMap { $0.attributes["stroke"] }
    for colour in Set(lines) where luminance(colour) < 0.16 {
      #expect(rules.contains("[stroke=\"\(colour)\"]{stroke:"), "\(colour)")
    }
    let texts = try #require(rules.firstRange(of: "text{fill:"))
    #expect(luminance(String(rules[texts.upperBound...].prefix(7))) > 0.5)
    let ground = try #require(rules.firstRange(of: ".ground{fill:"))
    #expect(luminance(String(rules[ground.upperBound...].prefix(7))) < 0.01)
    #expect(picture.elements("rect", where: "class", is: "ground").count == 1)
  }

  @Test func `lines on a map keep their colours`() throws {
    let map = try ContourMap(
      title: "Map", x: Axis("x", range: 0...1), y: Axis("y", range: 0...1),
      value: Axis("z"), levels: [0.5, 1], colours: .greys,
      curves: chart.curves, landmarks: []
    ) { x, y in x + y }
    let picture = try #require(Picture(map.svg()))
    // Rules for curves are those of charts.
    #expect(picture.elements[0].attributes["class"] == "map")
    for rule in try rules(map.svg()).split(separator: "\n")
    where rule.contains("#000000\"]") {
      #expect(rule.hasPrefix(".chart "))
    }
  }

  @Test func `pictures on one page are cut at their own axes`() throws {
    func names(_ chart: LineChart) throws -> [String?] {
      try #require(Picture(chart.svg())).elements
        .filter { $0.name == "clipPath" }.map { $0.attributes["id"] }
    }
    var wide = chart
    wide.y = Axis("loss", range: 0...1_000_000)
    #expect(try names(chart).count == 1)
    #expect(try names(chart) == names(chart))
    #expect(try names(chart) != names(wide))
  }

  /// The relative luminance of a colour of the sRGB space, by the WCAG 2.
  private func luminance(_ colour: String) -> Double {
    let value = Int(colour.dropFirst(), radix: 16) ?? 0
    let weights = [(16, 0.2126), (8, 0.7152), (0, 0.0722)]
    return weights.reduce(0) { sum, weight in
      let part = Double(value >> weight.0 & 0xFF) / 255
      let linear =
        part <= 0.04 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
      return sum + weight.1 * linear
    }
  }
}
