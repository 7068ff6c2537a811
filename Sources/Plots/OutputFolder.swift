//===--- OutputFolder.swift - where pictures and tables go ----------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Glibc

/// A folder for files that people look at.
package struct OutputFolder: Sendable {
  /// The path without a slash at its end.
  package let path: String

  /// Why there is no file.
  package struct Failure: Error, CustomStringConvertible {
    package let path: String
    package let reason: String

    package var description: String { "\(path): \(reason)" }
  }

  /// A folder, which is made where it is missing.
  package init(_ path: String) throws(Failure) {
    let end = path.lastIndex { $0 != "/" } ?? path.startIndex
    self.path = path.isEmpty ? "." : String(path[...end])
    var made = ""
    let parts = self.path.split(
      separator: "/", omittingEmptySubsequences: false)
    for part in parts {
      made += part
      // A parent that cannot be made shows in what is below it.
      if !made.isEmpty { _ = unsafe mkdir(made, 0o777) }
      made += "/"
    }
    guard let folder = unsafe opendir(self.path) else {
      throw Self.failure(self.path)
    }
    unsafe _ = closedir(folder)
  }

  /// Writes a file, in place of one with this name.
  ///
  /// - Returns: Its path.
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
    // What is still in the buffer is written here, and may not fit either.
    let isClosed = unsafe fclose(stream) == 0
    if let failure { throw failure }
    guard isClosed else { throw Self.failure(file) }
    return file
  }

  private static func failure(_ path: String) -> Failure {
    Failure(path: path, reason: unsafe String(cString: strerror(errno)))
  }
}
