//===--- Terminal.swift - how text reaches a terminal ---------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Glibc

/// Sends what was printed on its way, also where the output is a pipe.
func flush() {
  _ = fflush(nil)
}

/// How text looks on a terminal; plain elsewhere.
enum Style: String {
  case bold = "1"
  case faint = "2"

  private static let isColorful =
    unsafe isatty(1) == 1 && getenv("NO_COLOR") == nil

  func callAsFunction(_ text: String) -> String {
    Self.isColorful ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
  }
}
