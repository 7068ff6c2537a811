//===--- ExampleRun.swift - one run of an example -------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Foundation
import FoundationXML
import TestSupport

/// A run of an example, and the files in its folder.
struct ExampleRun {
  let status: Int32
  let printed: String
  let complaints: String
  /// The contents of files by name.
  let files: [String: String]

  /// Runs a program beside the tests: its name, and that of a subcommand.
  init(_ command: String, _ arguments: String...) throws {
    let words = command.split(separator: " ").map(String.init)
    let folder = try TemporaryFolder()
    let output = folder.file("output")
    let run = try ProgramRun(
      words[0], words.dropFirst() + arguments + ["--output", output],
      in: folder)
    status = run.status
    printed = run.printed
    complaints = run.complaints
    var files: [String: String] = [:]
    let names = try? FileManager.default.contentsOfDirectory(atPath: output)
    for name in names ?? [] where name.contains(".") {
      files[name] = String(
        decoding: try content(of: "\(output)/\(name)"), as: UTF8.self)
    }
    self.files = files
  }

  /// Whether a file is a picture that XML parsers accept.
  func isPicture(_ name: String) -> Bool {
    guard let text = files[name], text.hasPrefix("<svg") else { return false }
    return XMLParser(data: Data(text.utf8)).parse()
  }

  /// The rows of a table, as numbers by the titles of their columns.
  func rows(_ name: String) -> [[String: Double]] {
    let lines = (files[name] ?? "").split(separator: "\n").map { line in
      // Commas in quotes belong to names, which are no numbers anyway.
      let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
      let unquoted = stride(from: 0, to: parts.count, by: 2).map { parts[$0] }
      return unquoted.joined()
        .split(separator: ",", omittingEmptySubsequences: false)
        .map(String.init)
    }
    return lines.dropFirst().map { fields in
      Dictionary(
        zip(lines[0], fields.map { Double($0) ?? .nan }),
        uniquingKeysWith: { $1 })
    }
  }

  /// The numbers after a text, in the line that has it.
  func numbers(after text: String) -> [Double] {
    let lines = printed.split(separator: "\n")
    guard let line = lines.first(where: { $0.contains(text) }),
      let range = line.range(of: text)
    else { return [] }
    return line[range.upperBound...]
      .split { !"-+.e0123456789".contains($0) }.compactMap { Double($0) }
  }
}
