//===--- InputFile.swift - files that programs read -----------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Foundation

/// Why a file cannot be read.
package struct UnreadableFile: Error, Hashable, CustomStringConvertible {
  package let path: String
  package let reason: String

  package var description: String { "\(path): \(reason)" }
}

/// The bytes of a file.
package func bytes(of path: String) throws(UnreadableFile) -> [UInt8] {
  do { return try [UInt8](Data(contentsOf: URL(filePath: path))) } catch {
    throw UnreadableFile(path: path, reason: error.localizedDescription)
  }
}
