//===--- ReportPage+Options.swift - options, and copies of the state ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Numerals
import Plots

extension ReportPage {
  /// The time of a step with an option over that of a plain step.
  static func options(_ runs: [MeasuredRun]) throws -> ReportSection {
    let chart = ReportChart(runs) { $0.option != nil }
    return ReportSection(
      name: "options", title: "Costs of options",
      text: """
        The time of a step with an option, or of another call, over that of a \
        plain step of the same engine on as many threads.
        """,
      pictures: try chart.grouped {
        "\($0.circumstances), \(grouped($0.count)), \($0.threadText)"
      }.map { title, chart in
        try chart.bars(
          title, Axis("time over that of a plain step"),
          name: { $0.option ?? "" }, series: \.engineText,
          marks: [Mark("", x: 1)]
        ) { $0.ratioToPlain }
      })
  }

  /// The speed of checkpoints and copies of the state.
  static func checkpoints(_ runs: [MeasuredRun]) throws -> ReportSection {
    let chart = ReportChart(runs) { $0.transfer != nil }
    return ReportSection(
      name: "checkpoints", title: "Checkpoints",
      text: """
        The bytes of the moments over the time, beside plain files and copies \
        of as many bytes.
        """,
      pictures: try chart.grouped {
        "\($0.scalar), \(grouped($0.count)) parameters"
      }.map { title, chart in
        try chart.bars(
          title, Axis("GB/s"),
          name: { "\($0.transfer ?? ""), \($0.threadText)" },
          series: { _ in "" }
        ) { $0.gigabytesPerSecond }
      })
  }
}

extension ReportChart where Row == ReportRow {
  /// A picture of bars.
  func bars(
    _ title: String, _ axis: Axis, name: (ReportRow) -> String,
    series: (ReportRow) -> String, marks: [Mark] = [],
    _ value: (ReportRow) -> Double?
  ) throws -> String {
    let bars = bars(name: name, series: series, value)
    return try BarChart(
      title: title, x: axis, series: bars.series, rows: bars.rows, marks: marks
    ).svg()
  }
}
