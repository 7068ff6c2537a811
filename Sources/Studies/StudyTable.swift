//===--- StudyTable.swift - all results of a study ------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The results of a study's runs, one a line.
package struct StudyTable: Sendable {
  /// The results in the order of their lines.
  package var results: [StudyResult] = []

  /// The table out of a text. A last line that was cut off is left out. A text
  /// without a character is a table without results.
  ///
  /// - Parameters:
  ///   - text: The text of the table.
  ///   - path: The path of the file that has the text, for errors.
  /// - Throws: ``StudyError`` for a line that no study writes.
  package init(_ text: String, path: String) throws(StudyError) {
    if text.isEmpty { return }
    let end = text.lastIndex(of: "\n") ?? text.startIndex
    let lines = text[..<end].split(
      separator: "\n", omittingEmptySubsequences: false)
    guard lines.first == StudyResult.columns[...] else {
      throw .damagedTable(path: path, line: 1)
    }
    for (index, line) in lines.enumerated().dropFirst() {
      guard let result = StudyResult(csv: line) else {
        throw .damagedTable(path: path, line: index + 1)
      }
      results.append(result)
    }
  }

  /// The text of the table, which ends with a line feed.
  var text: String {
    ([StudyResult.columns] + results.map(\.csv)).map { $0 + "\n" }.joined()
  }
}
