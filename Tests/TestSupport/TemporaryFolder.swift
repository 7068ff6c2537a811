//===--- TemporaryFolder.swift - files of one test ------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Foundation

/// A folder that is removed at the end of its life.
package struct TemporaryFolder: ~Copyable {
  package let path: String

  package init() throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "ademamix-\(UUID().uuidString)")
    path = folder.path()
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  package func file(_ name: String) -> String { "\(path)/\(name)" }

  /// The names of what is in the folder, hidden files too.
  package func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }
}

/// The bytes of a file.
package func content(of path: String) throws -> [UInt8] {
  // Data(contentsOf:) of Swift 6.3 leaks a page where the file is empty.
  let file = try FileHandle(forReadingFrom: URL(filePath: path))
  defer { try? file.close() }
  return Array(try file.readToEnd() ?? Data())
}

/// Makes a file of these bytes.
package func write(_ bytes: [UInt8], to path: String) throws {
  try Data(bytes).write(to: URL(filePath: path))
}
