//===--- ReportPage+Engines.swift - engines over the size -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Numerals
import Plots

extension ReportPage {
  /// The time of a step over the number of parameters.
  static func engines(_ runs: [MeasuredRun]) throws -> ReportSection {
    let chart = ReportChart(runs) { $0.scenario == "flat" }
    return ReportSection(
      name: "engines", title: "Time over size",
      text: """
        Medians of a step on one flat buffer. The ceiling is a loop that reads \
        and writes the same memory and only adds. A dotted line says where five \
        streams, those of a step, are as large as a cache. Both axes are \
        logarithmic.
        """,
      pictures: try chart.grouped { "\($0.circumstances), \($0.threadText)" }
        .map { title, chart in
          try chart.overSize(
            title, Axis("ns a parameter", scale: .logarithmic),
            name: \.engineText
          ) { $0.nanosecondsPerParameter }
        })
  }

  /// The time of the engines over that of the ceiling.
  static func ceiling(_ runs: [MeasuredRun]) throws -> ReportSection {
    let chart = ReportChart(runs) {
      $0.scenario == "flat" && $0.ratioToCeiling != nil
        && $0.engine != "naive" && $0.engine != "ceiling"
    }
    return ReportSection(
      name: "ceiling", title: "Ratio to the ceiling",
      text: """
        The time of a step over that of the ceiling on as many threads: 1 is as \
        fast as memory delivers the parameters. Both axes are logarithmic.
        """,
      pictures: try chart.grouped(by: \.circumstances).map { title, chart in
        try chart.overSize(
          title,
          Axis("time over that of the ceiling", scale: .logarithmic),
          name: { "\($0.engineText), \($0.threadText)" }
        ) { $0.ratioToCeiling }
      })
  }

  /// The speed of several threads over that of one.
  static func threads(_ runs: [MeasuredRun]) throws -> ReportSection {
    let flat = ReportChart(runs) { $0.scenario == "flat" }
    let several = ReportChart(runs) { $0.scenario == "flat" && $0.threads > 1 }
    let pictures = try several.grouped(by: \.circumstances).compactMap {
      title, chart -> String? in
      let curves = chart.curves(
        name: { "\($0.engineText), \($0.threadText)" }
      ) { item in
        flat.onOneThread(item).map {
          Point(
            Double(item.row.count),
            $0.nanosecondsPerParameter / item.row.nanosecondsPerParameter)
        }
      }
      return curves.isEmpty
        ? nil
        : try LineChart(
          title: title, x: .parameters(curves),
          y: Axis("speed over one thread"),
          curves: curves, marks: chart.cacheMarks(of: title)
        ).svg()
    }
    return ReportSection(
      name: "threads", title: "Threads",
      text: """
        The speed of a step on several threads over that of the same engine on \
        one.
        """, pictures: pictures)
  }

  /// A buffer for each tensor beside one buffer of the same total.
  static func tensors(_ runs: [MeasuredRun]) throws -> ReportSection {
    let sizes = Set(
      runs.flatMap(\.rows).filter { $0.scenario == "tensors" }.map(\.count))
    let chart = ReportChart(runs) {
      sizes.contains($0.count) && ["tensors", "flat"].contains($0.scenario)
        && $0.state != "loop"
    }
    return ReportSection(
      name: "tensors", title: "Tensors",
      text: """
        A step on the tensors of GPT-2 small, each at an address of its own, \
        beside one on a flat buffer of as many parameters.
        """,
      pictures: try chart.grouped {
        "\($0.circumstances), \(grouped($0.count)) parameters"
      }.map { title, chart in
        try chart.bars(
          title, Axis("ns a parameter"),
          name: { "\($0.engineText), \($0.threadText)" },
          series: \.scenario
        ) { $0.nanosecondsPerParameter }
      })
  }
}

extension ReportChart where Row == ReportRow {
  /// The row of the same step on one thread.
  fileprivate func onOneThread(_ item: ReportItem<ReportRow>) -> ReportRow? {
    let row = item.row
    return items.first {
      $0.run.name == item.run.name && $0.row.threads == 1
        && $0.row.count == row.count && $0.row.engineText == row.engineText
        && $0.row.circumstances == row.circumstances
    }?.row
  }

  /// A picture of a value over the number of parameters.
  fileprivate func overSize(
    _ title: String, _ axis: Axis, name: (ReportRow) -> String,
    _ value: (ReportRow) -> Double?
  ) throws -> String {
    let curves = curves(name: name) { item in
      value(item.row).map { Point(Double(item.row.count), $0) }
    }
    return try LineChart(
      title: title, x: .parameters(curves), y: axis, curves: curves,
      marks: cacheMarks(of: title)
    ).svg()
  }

  /// The marks of the type that a title begins with.
  fileprivate func cacheMarks(of title: String) -> [Mark] {
    cacheMarks(title.hasPrefix("Double") ? "Double" : "Float")
  }
}

extension Axis {
  /// The numbers of parameters of some curves, with room for the markers at
  /// both ends.
  static func parameters(_ curves: [Curve]) -> Axis {
    let counts = curves.flatMap(\.points).map(\.x).filter { $0 > 0 }
    let range = counts.min().flatMap { lowest in
      counts.max().map { highest in
        let room = lowest == highest ? 2 : 1.25
        return lowest / room...highest * room
      }
    }
    return Axis("parameters", scale: .logarithmic, range: range)
  }
}
