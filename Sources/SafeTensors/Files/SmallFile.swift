//===--- SmallFile.swift - a file that is read as a whole -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Glibc

/// The bytes of a regular file. Pipes and devices might never end, and are
/// refused. A file that is too long is refused before any memory is taken.
///
/// - Parameters:
///   - path: The path of the file.
///   - limit: The most bytes that the file may have.
/// - Returns: All bytes of the file.
/// - Throws: `FileError`, with the code `EFBIG` for a longer file.
/// - Complexity: O(*n*) for *n* bytes.
package func contents(
  ofFile path: String, atMost limit: Int
) throws(FileError) -> [UInt8] {
  let file = try FileDescriptor(reading: path)
  let count = try file.byteCount(path: path)
  guard count <= limit else { throw FileError(.read, path, code: EFBIG) }
  return try file.bytes(at: 0, count: count, path: path)
}
