//===--- Column.swift - a heading, and a text for each row ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Numerals

/// A column of a scenario's table.
struct Column<Figures: Encodable> {
  let heading: String
  /// The text in a row.
  let text: (ScenarioRow<Figures>) -> String

  /// A column of texts.
  init(
    _ heading: String = "", _ text: @escaping (ScenarioRow<Figures>) -> String
  ) {
    self.heading = heading
    self.text = text
  }

  /// A column of numbers. A row without a number has an empty text.
  init(
    _ heading: String, decimals: Int,
    _ number: @escaping (ScenarioRow<Figures>) -> Double?
  ) {
    self.init(heading) { number($0)?.text(decimals: decimals) ?? "" }
  }

  static var threads: Column {
    Column("threads") { String($0.timing.threads) }
  }

  /// The times for each parameter: the median, and the least.
  static var times: [Column] {
    [
      Column("ns/param", decimals: 3) { $0.timing.nanosecondsPerParameter },
      Column("best", decimals: 3) { $0.timing.nanosecondsPerParameterMinimum },
    ]
  }
}

extension Table {
  /// A table of rows, in groups with a gap between them.
  init<Figures>(
    title: String, _ columns: [Column<Figures>],
    _ groups: [[ScenarioRow<Figures>]]
  ) {
    self.init(
      title: title, header: columns.map(\.heading),
      groups: groups.map { group in
        group.map { row in columns.map { $0.text(row) } }
      })
  }
}
