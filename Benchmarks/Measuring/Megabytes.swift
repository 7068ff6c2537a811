//===--- Megabytes.swift - numbers of bytes for people --------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Numerals

/// A number of bytes for people.
func megabytes(_ byteCount: Int) -> String {
  "\(grouped(byteCount / 1_000_000)) MB"
}
