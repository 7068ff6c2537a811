//===--- ReportPage+Storages.swift - moments in fewer bits ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Numerals
import Plots

extension ReportPage {
  /// The time of a step over the bytes of its state.
  static func storages(_ runs: [MeasuredRun]) throws -> ReportSection {
    let chart = ReportChart(runs) {
      $0.storage != nil && $0.stateBytesPerParameter != nil
    }
    return ReportSection(
      name: "storages", title: "Bytes of the state and speed",
      text: """
        A step of the engine fused on moments in fewer bits: less state is \
        further left, a faster step further down. Gradients in bfloat16 go with \
        a copy of the parameters in bfloat16.
        """,
      pictures: try chart.grouped {
        "\($0.circumstances), \(grouped($0.count)), \($0.threadText)"
      }.map { title, chart in
        let curves = chart.curves(name: { $0.storage ?? "" }) { item in
          item.row.stateBytesPerParameter.map {
            Point($0, item.row.nanosecondsPerParameter)
          }
        }
        let highest = curves.flatMap(\.points).map(\.x).max() ?? 0
        return try LineChart(
          title: title,
          x: Axis(
            "bytes of the moments a parameter", range: 0...max(highest + 1, 1)),
          y: Axis("ns a parameter"), curves: curves
        ).svg()
      })
  }

  /// The errors of the moments against double precision.
  static func storageErrors(_ runs: [MeasuredRun]) throws -> ReportSection {
    let pictures = try runs.flatMap { run in
      try run.storageErrors.map { study in
        let quantities = Set(study.rows.flatMap(\.errors.keys)).sorted()
        return try BarChart(
          title: "Noise \(study.noise), \(grouped(study.steps)) steps"
            + (runs.count { !$0.storageErrors.isEmpty } > 1
              ? ", \(run.name)" : ""),
          x: Axis("relative error", scale: .logarithmic),
          series: quantities,
          rows: study.rows.map { row in
            BarChart.Row(
              row.name + bytes(of: row.name, runs),
              quantities.map { row.errors[$0] })
          }
        ).svg()
      }
    }
    return ReportSection(
      name: "storage-errors", title: "Bytes of the state and errors",
      text: """
        Errors of moments and parameters against double precision, after the \
        same gradients, with the bytes of the state a parameter. The axis is \
        logarithmic.
        """, pictures: pictures)
  }

  /// The bytes a parameter that a benchmark has found for a storage, such as
  /// ", 6.0 B"; an empty text if there is none.
  private static func bytes(of name: String, _ runs: [MeasuredRun]) -> String {
    let names = [name, "\(name) moments", name == "full" ? "Float" : name]
    let row = runs.lazy.flatMap(\.rows).first {
      $0.stateBytesPerParameter != nil && names.contains($0.storage ?? "")
    }
    guard let bytes = row?.stateBytesPerParameter else { return "" }
    return ", \(bytes.text(decimals: 1)) B"
  }
}
