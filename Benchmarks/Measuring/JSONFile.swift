//===--- JSONFile.swift - results for programs ----------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import Foundation

/// The file that results are written to.
struct JSONFile {
  let path: String

  /// Throws if the file cannot be written, before anything is measured.
  func checkIsWritable() throws {
    let isNew = unsafe access(path, F_OK) != 0
    let file = unsafe open(path, O_WRONLY | O_CREAT, 0o644)
    guard file >= 0 else {
      let reason = unsafe String(cString: strerror(errno))
      throw ValidationError("--json \(path) cannot be written: \(reason).")
    }
    close(file)
    if isNew { unsafe _ = unlink(path) }
  }

  func write(_ results: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let data = try encoder.encode(results) + Data("\n".utf8)
    try data.write(to: URL(fileURLWithPath: path))
  }
}
