//===--- DocumentationPage.swift - the examples of a page -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Foundation

/// A page of the documentation, whose examples stand in tests too.
package struct DocumentationPage {
  /// A test that a table of the page names.
  package struct NamedTest {
    /// The name of the suite, then that of the function if the page has it.
    let names: [String]
    let file: String
  }

  static let package = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private let path: String
  private let text: String

  /// Reads a page by its path in the package, such as "README.md".
  package init(_ path: String) throws {
    self.path = path
    text = try String(
      contentsOf: Self.package.appending(path: path), encoding: .utf8)
  }

  /// The lines of an example that a source file does not have in their order.
  /// White space, comments and the word `unsafe` do not count.
  ///
  /// - Parameters:
  ///   - part: A text that no earlier example of the page has.
  ///   - literals: Literals of the example, such as paths, and the expressions
  ///     that the source file has in their place.
  ///   - source: The path of the source file, by default that of the caller.
  /// - Returns: The lines, or a complaint about a page without such an example.
  /// - Throws: An error of the file system.
  package func linesOfExample(
    with part: String, replacing literals: [String: String] = [:],
    missingIn source: String = #filePath
  ) throws -> [String] {
    let examples = text.components(separatedBy: "```swift\n").dropFirst()
      .map { $0.components(separatedBy: "\n```")[0] }
    guard let example = examples.first(where: { $0.contains(part) }) else {
      return ["\(path) has no example with \(part)"]
    }
    let code = Self.code(try String(contentsOfFile: source, encoding: .utf8))
    var place = code.startIndex
    return example.split(separator: "\n").filter { line in
      let line = literals.reduce(Self.code(String(line))) {
        $0.replacing($1.key, with: $1.value)
      }
      guard let found = code.range(of: line, range: place..<code.endIndex)
      else { return !line.isEmpty }
      place = found.upperBound
      return false
    }.map(String.init)
  }

  /// Whether the page has a text, line breaks as spaces.
  package func has(_ part: String) -> Bool {
    text.replacing("\n", with: " ").contains(part)
  }

  /// The links to files and pages that are not there.
  package func brokenLinks() -> [String] {
    let folder = Self.package.appending(path: path).deletingLastPathComponent()
    return text.matches(of: #/\]\(([^):#]+)\)|<doc:(\w+)>/#).compactMap {
      let name = $0.1.map(String.init) ?? "\($0.2 ?? "").md"
      let file = folder.appending(path: name).path()
      return FileManager.default.fileExists(atPath: file) ? nil : name
    }
  }

  /// The paths of all pages in catalogs.
  package static func catalogPaths() -> [String] {
    let files = FileManager.default.enumerator(
      atPath: package.appending(path: "Sources").path())
    return (files?.compactMap { $0 as? String } ?? [])
      .filter { $0.contains(".docc/") && $0.hasSuffix(".md") }
      .map { "Sources/\($0)" }.sorted()
  }

  /// The tests in the tables of the page: rows of a suite › a function, and the
  /// file.
  package func namedTests() -> [NamedTest] {
    text.matches(of: #/\| ([^|`]+) \| `(\w+Tests)`[^|]*\|/#).map {
      NamedTest(
        names: $0.1.components(separatedBy: " › "), file: "\($0.2).swift")
    }
  }

  private static func code(_ text: String) -> String {
    text.replacing(#/\/\/[^\n]*|\bunsafe\s+|\s+/#, with: "")
  }
}

extension DocumentationPage.NamedTest {
  /// Whether a file of the name has the suite, and the function in it.
  package var isThere: Bool {
    get throws {
      let tests = DocumentationPage.package.appending(path: "Tests")
      let folders = try FileManager.default.contentsOfDirectory(
        at: tests, includingPropertiesForKeys: nil)
      return folders.contains { folder in
        guard
          let text = try? String(
            contentsOf: folder.appending(path: file), encoding: .utf8)
        else { return false }
        return text.contains("@Suite")
          && names.allSatisfy {
            text.contains("struct `\($0)`") || text.contains("func `\($0)`")
          }
      }
    }
  }
}
