//===--- WritableFile.swift - files that commands write -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import Foundation

/// Refuses a file that cannot be written, before anything is measured.
///
/// - Throws: `ValidationError`, which names the option, the path and the
///   reason.
func requireWritable(_ option: String, _ path: String) throws {
  let isNew = unsafe access(path, F_OK) != 0
  let file = unsafe open(path, O_WRONLY | O_CREAT, 0o644)
  guard file >= 0 else {
    let reason = unsafe String(cString: strerror(errno))
    throw ValidationError("\(option) \(path) cannot be written: \(reason).")
  }
  close(file)
  if isNew { unsafe _ = unlink(path) }
}
