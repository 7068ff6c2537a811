//===--- ReportPage+Peers.swift - other optimizers beside this library's --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Numerals
import Plots

extension ReportPage {
  /// A time of a contestant.
  private struct PeerRow {
    let name: String
    let state: String
    let count: Int
    let threads: Int
    let nanosecondsPerParameter: Double
  }

  /// The time of a step over the number of parameters, of all contestants.
  static func peers(_ runs: [MeasuredRun]) throws -> ReportSection {
    let chart = ReportChart(
      runs.flatMap { run in
        (run.peers?.times ?? []).flatMap { size in
          // A dictionary has no order of its own.
          size.rows.sorted { $0.key < $1.key }.map { name, time in
            ReportItem(
              run: run,
              row: PeerRow(
                name: name, state: size.state, count: size.count,
                threads: size.threads,
                nanosecondsPerParameter: time.nanosecondsPerParameter))
          }
        }
      })
    return ReportSection(
      name: "peers", title: "Other optimizers",
      text: """
        Medians of a step on one tensor of float32 in one process, by \
        scripts/compare-peers. AdamW moves 7 values a parameter, AdEMAMix 9. \
        Both axes are logarithmic.
        """,
      pictures: try chart.grouped {
        "\(ReportRow.text(state: $0.state)), \(ReportRow.text(threads: $0.threads))"
      }.map { title, chart in
        let curves = chart.curves(name: \.name) { item in
          Point(Double(item.row.count), item.row.nanosecondsPerParameter)
        }
        return try LineChart(
          title: title.prefix(1).uppercased() + title.dropFirst(),
          x: .parameters(curves),
          y: Axis("ns a parameter", scale: .logarithmic), curves: curves,
          marks: chart.cacheMarks("Float")
        ).svg()
      })
  }

  /// The errors of all contestants against double precision.
  static func peerErrors(_ runs: [MeasuredRun]) throws -> ReportSection {
    let pictures = try runs.compactMap { run -> String? in
      guard let errors = run.peers?.errors, !errors.isEmpty else { return nil }
      let steps = Set(errors.flatMap(\.errors.keys)).sorted {
        (Int($0) ?? 0) < (Int($1) ?? 0)
      }
      return try BarChart(
        title: "Errors, \(run.name)",
        x: Axis("error over the way", scale: .logarithmic),
        series: steps.map {
          "after \(Int($0).map { grouped($0) } ?? $0) steps"
        },
        rows: errors.map { peer in
          BarChart.Row(peer.name, steps.map { peer.errors[$0] })
        }
      ).svg()
    }
    return ReportSection(
      name: "peer-errors", title: "Errors of other optimizers",
      text: """
        The distance of the parameters from the equations in double precision, \
        over the way that they have come. The axis is logarithmic.
        """, pictures: pictures)
  }
}
