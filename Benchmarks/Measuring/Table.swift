//===--- Table.swift - results for people ---------------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
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
    let name = cells.first ?? ""
    let first =
      "  " + name + String(repeating: " ", count: nameWidth - name.count)
    return cells.dropFirst().reduce(first) { line, cell in
      line + String(repeating: " ", count: max(1, 11 - cell.count)) + cell
    }
  }

  private var nameWidth: Int {
    groups.joined().reduce(13) { max($0, $1.first?.count ?? 0) }
  }
}
