//===--- Table.swift - results for people ---------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// Lines of aligned columns under a title: the first column to the left, the
/// others to the right.
struct Table: CustomStringConvertible {
  let title: String
  let header: [String]
  /// Rows of cells, in groups with a gap between them. A row may be shorter
  /// than the header.
  let groups: [[[String]]]

  var description: String {
    let body = groups.map { $0.map(line).joined(separator: "\n") }
      .joined(separator: "\n\n")
    return [Style.bold(title), Style.faint(line(header)), body]
      .joined(separator: "\n") + "\n"
  }

  private func line(_ cells: [String]) -> String {
    let widths = widths
    let free = Self.columnCount - 2 - widths.reduce(0, +)
    // Columns of a narrow table stand apart.
    let gap = min(max(1, free / max(1, widths.count - 1)), 3)
    let name = cells.first ?? ""
    var (line, end) = ("  " + name, 2 + widths[0])
    for (cell, width) in zip(cells, widths).dropFirst() {
      end += gap + width
      // Nothing follows the last text.
      if cell.isEmpty { continue }
      line += String(repeating: " ", count: end - cell.count - line.count)
      line += cell
    }
    return line
  }

  /// The width of each column: that of its longest cell.
  private var widths: [Int] {
    header.indices.map { column in
      ([header] + groups.joined()).reduce(0) {
        max($0, column < $1.count ? $1[column].count : 0)
      }
    }
  }

  /// The columns of a terminal, which a line does not exceed unless its cells
  /// do.
  private static let columnCount = 80
}
