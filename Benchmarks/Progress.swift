//===--- Progress.swift - one line that says how far it is ----------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Glibc

/// A line on standard error that is rewritten in place while the benchmark
/// works; nothing where standard error is no terminal.
final class Progress {
  private let isShown = isatty(2) == 1
  private let start = ContinuousClock.now
  private var lastShown: ContinuousClock.Instant?
  /// The seconds each subject is expected to take.
  private var expected: [Double]
  private var passed = 0.0
  private let total: Double

  init(_ expected: [Double]) {
    self.expected = expected.reversed()
    total = expected.reduce(0, +)
    if isShown { clearLineOnInterrupt() }
  }

  /// Shows what is being measured and the fraction of the subject that is done,
  /// unless something was shown just before.
  func show(_ text: String, fraction: Double) {
    guard isShown else { return }
    let now = ContinuousClock.now
    if let lastShown, now - lastShown < .milliseconds(100) { return }
    lastShown = now
    let done = (passed + fraction * (expected.last ?? 0)) / total
    var line = "\(text)  \(Int(100 * done)) %"
    if done > 0.02 {
      let seconds = (now - start) / .seconds(1) * (1 - done) / done
      line += ", \(duration(seconds)) left"
    }
    // A line that wraps could not be rewritten.
    note("\r\(line.prefix(79))\u{1B}[K")
  }

  /// Counts a subject as done.
  func finish() { passed += expected.popLast() ?? 0 }

  /// Removes the line, so that others can be printed.
  func clear() {
    if isShown { note("\r\u{1B}[K") }
    lastShown = nil
  }

  private func duration(_ seconds: Double) -> String {
    let seconds = Int(seconds.rounded(.up))
    guard seconds >= 60 else { return "\(seconds) s" }
    return "\(seconds / 60) min \(seconds % 60) s"
  }
}

/// Removes the line before Ctrl-C ends the process.
private func clearLineOnInterrupt() {
  _ = signal(SIGINT) { number in
    // Nothing here may allocate.
    var line: (UInt8, UInt8, UInt8, UInt8) = (0x0D, 0x1B, 0x5B, 0x4B)
    unsafe _ = write(2, &line, 4)
    _ = signal(number, SIG_DFL)
    _ = raise(number)
  }
}
