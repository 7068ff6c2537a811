//===--- UnreadableFile.swift - files that programs read ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Foundation

/// A file that cannot be read, and the reason.
package struct UnreadableFile: Error, Hashable, CustomStringConvertible {
  package let path: String
  package let reason: String

  package var description: String { "\(path): \(reason)" }
}

/// The bytes of the file at a path.
package func bytes(of path: String) throws(UnreadableFile) -> [UInt8] {
  do { return try [UInt8](Data(contentsOf: URL(filePath: path))) } catch {
    throw UnreadableFile(path: path, reason: error.localizedDescription)
  }
}
