//===--- OutOfMemory.swift - no room for memory ---------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
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
