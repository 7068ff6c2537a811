//===--- DocumentationPage.swift - the examples of a page -----------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Foundation

/// A page of the documentation, whose examples stand in tests too.
package struct DocumentationPage {
  private let path: String
  private let text: String

  /// Reads a page by its path in the package, such as "README.md".
  package init(_ path: String) throws {
    let package = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    self.path = path
    text = try String(
      contentsOf: package.appending(path: path), encoding: .utf8)
  }

  /// The lines of an example that a source file does not have in their order.
  /// White space, comments and the word `unsafe` do not count.
  ///
  /// - Parameters:
  ///   - part: A text that the page has in no earlier example.
  ///   - source: The path of the source file, by default that of the caller.
  package func linesOfExample(
    with part: String, missingIn source: String = #filePath
  ) throws -> [String] {
    let examples = text.components(separatedBy: "```swift\n").dropFirst()
      .map { $0.components(separatedBy: "\n```")[0] }
    guard let example = examples.first(where: { $0.contains(part) }) else {
      return ["\(path) has no example with \(part)"]
    }
    let code = Self.code(try String(contentsOfFile: source, encoding: .utf8))
    var place = code.startIndex
    return example.split(separator: "\n").filter { line in
      let line = Self.code(String(line))
      guard let found = code.range(of: line, range: place..<code.endIndex)
      else { return !line.isEmpty }
      place = found.upperBound
      return false
    }.map(String.init)
  }

  private static func code(_ text: String) -> String {
    text.replacing(#/\/\/[^\n]*|\bunsafe\s+|\s+/#, with: "")
  }
}
