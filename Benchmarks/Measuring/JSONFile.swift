//===--- JSONFile.swift - results for programs ----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Foundation

/// The file that results are written to.
struct JSONFile {
  let path: String

  /// The bytes of results.
  static func content(of results: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return try encoder.encode(results) + Data("\n".utf8)
  }

  func write(_ results: some Encodable) throws {
    try Self.content(of: results).write(to: URL(fileURLWithPath: path))
  }
}
