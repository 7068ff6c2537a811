//===--- Progress.swift - one line that says how far it is ----------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Numerals
import Progress

/// How far the benchmark is, on a ``StatusLine``.
final class Progress {
  private var line = StatusLine()
  private let start = ContinuousClock.now
  /// The seconds each subject is expected to take.
  private var expected: [Double]
  private var passed = 0.0
  private let total: Double

  init(_ expected: [Double]) {
    self.expected = expected.reversed()
    total = expected.reduce(0, +)
  }

  /// Shows what is being measured and the fraction of the subject that is done,
  /// unless something was shown just before.
  func show(_ text: String, fraction: Double) {
    line.show(self.text(text, fraction))
  }

  private func text(_ text: String, _ fraction: Double) -> String {
    let done = (passed + fraction * (expected.last ?? 0)) / total
    let line = "\(text)  \(Int(100 * done)) %"
    guard done > 0.02 else { return line }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    return line + ", \(duration(seconds * (1 - done) / done)) left"
  }

  /// Counts a subject as done.
  func finish() { passed += expected.popLast() ?? 0 }

  /// Removes the line, so that others can be printed.
  func clear() { line.clear() }
}
