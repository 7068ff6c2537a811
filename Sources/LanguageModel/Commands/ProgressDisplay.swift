//===--- ProgressDisplay.swift - how far runs are, on the terminal --------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Foundation
import Synchronization

/// A line on standard error that tells steps, loss, steps/s and the time left, of
/// one run or of several side by side.
final class ProgressDisplay: Sendable {
  private let steps: Int
  private let start = ContinuousClock.now
  private let done = Mutex(0)

  /// - Parameter steps: Those to come, in all runs together.
  init(steps: Int) { self.steps = steps }

  /// Counts a step, and now and then shows it.
  func show(_ progress: RunProgress) {
    let done = done.withLock {
      $0 += 1
      return $0
    }
    guard done.isMultiple(of: 20) || done == steps else { return }
    let rate = Double(done) / ((ContinuousClock.now - start) / .seconds(1))
    let text =
      "step \(done)/\(steps)  loss \(formatted(progress.loss, 3))"
      + "  validation \(formatted(progress.validationLoss, 3))"
      + "  \(formatted(rate, 1)) steps/s"
      + "  \(Int(Double(steps - done) / rate)) s left"
    FileHandle.standardError.write(Data("\r\(text)\u{1B}[K".utf8))
  }

  func finish() { FileHandle.standardError.write(Data("\n".utf8)) }
}
