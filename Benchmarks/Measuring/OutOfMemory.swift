//===--- OutOfMemory.swift - no room for memory ---------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Numerals

/// The error of memory that could not be allocated.
struct OutOfMemory: Error, CustomStringConvertible {
  let byteCount: Int

  var description: String {
    "There is no room for \(grouped(byteCount)) bytes."
  }
}
