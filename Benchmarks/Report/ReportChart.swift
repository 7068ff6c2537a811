//===--- ReportChart.swift - results as curves and bars -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Plots

/// Curves and bars of rows, each with a name. The names of runs stand in them
/// only where a chart shows several runs.
struct ReportChart<Row> {
  let items: [ReportItem<Row>]
  private let hasManyRuns: Bool

  init(_ items: [ReportItem<Row>]) {
    self.items = items
    hasManyRuns = Set(items.map(\.run.name)).count > 1
  }

  var isEmpty: Bool { items.isEmpty }

  /// Charts of the rows with equal titles, in the order in which the titles
  /// come first.
  func grouped(by title: (Row) -> String) -> [(title: String, chart: Self)] {
    distinct(items.map { title($0.row) }).map { name in
      (name, Self(items.filter { title($0.row) == name }))
    }
  }

  /// A curve for each name of a row, through its points in ascending order.
  func curves(
    name: (Row) -> String, _ point: (ReportItem<Row>) -> Point?
  ) -> [Curve] {
    let names = items.map { self.name($0, name($0.row)) }
    return distinct(names).compactMap { curve in
      let points = zip(names, items).filter { $0.0 == curve }
        .compactMap { point($0.1) }.sorted { $0.x < $1.x }
      return points.isEmpty ? nil : Curve(curve, points, markers: .all)
    }
  }

  /// The series of bars, and for each name of a row its values in the order of
  /// the series.
  func bars(
    name: (Row) -> String, series: (Row) -> String,
    _ value: (Row) -> Double?
  ) -> (series: [String], rows: [BarChart.Row]) {
    let allSeries = items.map { self.name($0, series($0.row)) }
    let all = distinct(allSeries)
    let rows = distinct(items.map { name($0.row) }).map { bar in
      BarChart.Row(
        bar,
        all.map { one in
          zip(allSeries, items)
            .first { $0.0 == one && name($0.1.row) == bar }
            .flatMap { value($0.1.row) }
        })
    }
    return (all, rows)
  }

  private func name(_ item: ReportItem<Row>, _ name: String) -> String {
    guard hasManyRuns else { return name }
    return name.isEmpty ? item.run.name : "\(name), \(item.run.name)"
  }

  private func distinct(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }
}

extension ReportChart where Row == ReportRow {
  /// The rows of all runs that satisfy a condition.
  init(_ runs: [MeasuredRun], where isShown: (ReportRow) -> Bool) {
    self.init(
      runs.flatMap { run in
        run.rows.filter(isShown).map { ReportItem(run: run, row: $0) }
      })
  }
}

extension ReportChart {
  /// The sizes at which five streams of a scalar type are as large as a cache
  /// of the first run that names its caches.
  func cacheMarks(_ scalar: String) -> [Mark] {
    let caches = items.lazy.compactMap(\.run.facts.cacheByteCounts).first ?? [:]
    let byteCount = 5 * (scalar == "Double" ? 8.0 : 4.0)
    return caches.sorted { $0.key < $1.key }.map { name, size in
      Mark(name, x: Double(size) / byteCount)
    }
  }
}
