//===--- CSVTable.swift - numbers for other programs ----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// Columns of numbers as comma-separated values (RFC 4180, with line feeds).
/// Numbers have all digits that tell them from other numbers.
package struct CSVTable: Sendable {
  package var columns: [String]
  package private(set) var rows: [[String]] = []

  package init(columns: [String]) {
    self.columns = columns
  }

  /// Adds a row: names in the first columns, and a number in each other column.
  package mutating func append(_ names: String..., numbers: [Double]) {
    precondition(
      names.count + numbers.count == columns.count, "a row has every column")
    rows.append(names + numbers.map(Self.number))
  }

  package var text: String {
    ([columns] + rows).map {
      $0.map(Self.quoted).joined(separator: ",") + "\n"
    }.joined()
  }

  /// The text of a number. A whole number has no ".0".
  private static func number(_ value: Double) -> String {
    Int(exactly: value).map { String($0) } ?? String(value)
  }

  private static func quoted(_ field: String) -> String {
    guard field.contains(where: { ",\"\n\r".contains($0) }) else {
      return field
    }
    return "\"" + field.replacing("\"", with: "\"\"") + "\""
  }
}
