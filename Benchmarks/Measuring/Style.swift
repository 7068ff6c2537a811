//===--- Style.swift - emphasis on a terminal -----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Glibc

/// Emphasis of text on a terminal. Elsewhere text stays plain.
enum Style: String {
  case bold = "1"
  case faint = "2"

  private static let isColorful =
    unsafe isatty(1) == 1 && getenv("NO_COLOR") == nil

  func callAsFunction(_ text: String) -> String {
    Self.isColorful ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
  }
}
