//===--- StatusLine.swift - one line that is rewritten in place -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Glibc

/// A line on standard error that is rewritten in place. Nothing is written if
/// standard error is no terminal. The line is removed with the value.
package struct StatusLine: ~Copyable {
  private let isShown = isatty(2) == 1
  private var lastShown: ContinuousClock.Instant?

  package init() {
    if isShown { clearLineOnInterrupt() }
  }

  deinit {
    if lastShown != nil { note(Self.clearing) }
  }

  /// Shows a text, unless another was shown less than 0.1 s ago.
  package mutating func show(_ text: @autoclosure () -> String) {
    guard isShown else { return }
    let now = ContinuousClock.now
    if let lastShown, now - lastShown < .milliseconds(100) { return }
    lastShown = now
    // A text of more than a terminal's 80 columns would wrap, and a carriage
    // return leads to the start of its second line only.
    note("\r\(text().prefix(79))\u{1B}[K")
  }

  /// Removes the line, so that others can be printed.
  package mutating func clear() {
    if isShown { note(Self.clearing) }
    lastShown = nil
  }

  private static let clearing = "\r\u{1B}[K"
}

/// Writes to standard error, so that standard output holds results alone.
package func note(_ text: String) {
  var text = text
  text.withUTF8 { unsafe _ = write(2, $0.baseAddress, $0.count) }
}

/// Removes the line before Ctrl-C ends the process.
private func clearLineOnInterrupt() {
  _ = signal(SIGINT) { number in
    // A signal handler must not allocate memory.
    var line: (UInt8, UInt8, UInt8, UInt8) = (0x0D, 0x1B, 0x5B, 0x4B)
    unsafe _ = write(2, &line, 4)
    _ = signal(number, SIG_DFL)
    _ = raise(number)
  }
}
