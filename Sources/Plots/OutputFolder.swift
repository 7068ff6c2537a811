//===--- OutputFolder.swift - the folder of pictures and tables -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Glibc

/// A folder for files that people look at.
package struct OutputFolder: Sendable {
  /// The path without a slash at its end.
  package let path: String

  /// The file or folder that could not be written, and the reason.
  package struct Failure: Error, CustomStringConvertible {
    package let path: String
    package let reason: String

    package var description: String { "\(path): \(reason)" }
  }

  /// The folder at a path, which is made if it is missing.
  package init(_ path: String) throws(Failure) {
    let end = path.lastIndex { $0 != "/" } ?? path.startIndex
    self.path = path.isEmpty ? "." : String(path[...end])
    var made = ""
    let parts = self.path.split(
      separator: "/", omittingEmptySubsequences: false)
    for part in parts {
      made += part
      // If a parent cannot be made, opening the folder fails below.
      if !made.isEmpty { _ = unsafe mkdir(made, 0o777) }
      made += "/"
    }
    guard let folder = unsafe opendir(self.path) else {
      throw Self.failure(self.path)
    }
    unsafe _ = closedir(folder)
  }

  /// Writes a file, which replaces a file of the same name.
  ///
  /// - Returns: The path of the file.
  @discardableResult
  package func write(
    _ name: String, _ text: String
  ) throws(Failure) -> String {
    let file = path == "/" ? "/\(name)" : "\(path)/\(name)"
    guard let stream = unsafe fopen(file, "w") else {
      throw Self.failure(file)
    }
    var text = text
    let isWritten = text.withUTF8 {
      unsafe fwrite($0.baseAddress, 1, $0.count, stream) == $0.count
    }
    let failure = isWritten ? nil : Self.failure(file)
    // Closing writes the rest of the buffer, for which there may be no room.
    let isClosed = unsafe fclose(stream) == 0
    if let failure { throw failure }
    guard isClosed else { throw Self.failure(file) }
    return file
  }

  private static func failure(_ path: String) -> Failure {
    Failure(path: path, reason: unsafe String(cString: strerror(errno)))
  }
}
