//===--- Terminal.swift - writes to the person who watches ----------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Glibc

/// Writes to standard error, so that standard output holds the table alone.
func note(_ text: String) {
  var text = text
  text.withUTF8 { unsafe _ = write(2, $0.baseAddress, $0.count) }
}

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

/// A number with its digits in groups of three.
func grouped(_ number: Int) -> String {
  var digits = String(number)
  var end = digits.count - 3
  while end > 0 {
    digits.insert(",", at: digits.index(digits.startIndex, offsetBy: end))
    end -= 3
  }
  return digits
}
