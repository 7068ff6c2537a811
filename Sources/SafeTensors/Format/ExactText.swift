//===--- ExactText.swift - a text that is compared byte by byte -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A text that equals only texts of the same UTF-8 bytes.
struct ExactText: Sendable, Hashable {
  var text: String

  static func == (left: Self, right: Self) -> Bool {
    left.text.hasBytes(of: right.text)
  }

  func hash(into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
    // The end of a text: texts that follow each other have no byte 0xFF.
    hasher.combine(UInt8.max)
  }
}
