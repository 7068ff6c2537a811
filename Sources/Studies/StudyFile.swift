//===--- StudyFile.swift - the table of a study that grows ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Commands
internal import Foundation

/// The file of a table to which each run is added as it ends. A study that was
/// killed goes on with the runs that the table lacks.
struct StudyFile {
  private let path: String
  private(set) var table: StudyTable

  /// The table at a path, which is made if it is missing.
  ///
  /// - Throws: ``StudyError`` for a file that is no such table, or that cannot
  ///   be written, and `UnreadableFile`.
  init(_ path: String) throws {
    self.path = path
    let text =
      FileManager.default.fileExists(atPath: path)
      ? String(decoding: try bytes(of: path), as: UTF8.self) : ""
    table = try StudyTable(text, path: path)
    try write()
  }

  /// Adds the result of a run.
  ///
  /// - Throws: ``StudyError`` if the file cannot be written.
  mutating func add(_ result: StudyResult) throws(StudyError) {
    table.results.append(result)
    try write()
  }

  /// Writes the whole table, which replaces the file at once.
  private func write() throws(StudyError) {
    do {
      try Data(table.text.utf8).write(
        to: URL(filePath: path), options: .atomic)
    } catch {
      throw .unwritable(path: path, reason: error.localizedDescription)
    }
  }
}
