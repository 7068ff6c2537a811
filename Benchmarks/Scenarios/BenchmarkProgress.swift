//===--- BenchmarkProgress.swift - work in hand, and the time left --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Numerals
import Progress

/// The progress of a run of scenarios, on a ``StatusLine``.
final class BenchmarkProgress {
  private var line = StatusLine()
  private let start = ContinuousClock.now
  /// The seconds that the scenarios are expected to take, the last one first.
  private var expected: [Double]
  private var passed = 0.0
  private let total: Double

  /// The progress of a run that starts now.
  ///
  /// - Parameter expected: The seconds that each scenario is expected to take.
  init(_ expected: [Double]) {
    self.expected = expected.reversed()
    total = expected.reduce(0, +)
  }

  /// Shows the work in hand and the fraction of the scenario that is done,
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

  /// Counts a scenario as done.
  func finish() { passed += expected.popLast() ?? 0 }

  /// Removes the line, so that others can be printed.
  func clear() { line.clear() }
}
