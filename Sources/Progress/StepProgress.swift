//===--- StepProgress.swift - how far a training run is -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Numerals

/// The progress of steps that take about the same time, on a ``StatusLine``:
///
///     AdamW: step 1,200 of 5,000, loss 0.0321, 12,345 steps/s, 4 s left
///
///     var progress = StepProgress(steps: 5_000)
///     progress.countStep("AdamW", loss: loss)
package struct StepProgress: ~Copyable {
  private var line = StatusLine()
  private let start = ContinuousClock.now
  private let stepCount: Int
  private var doneCount = 0

  /// The progress of a number of steps that start now.
  package init(steps: Int) {
    stepCount = steps
  }

  /// Counts a step, and shows the progress unless that was done just before.
  package mutating func countStep(_ title: String, loss: Double? = nil) {
    doneCount += 1
    let (start, stepCount, doneCount) = (start, stepCount, doneCount)
    line.show(
      Self.text(
        title, step: doneCount, of: stepCount, loss: loss,
        after: ContinuousClock.now - start))
  }

  /// Removes the line, so that others can be printed.
  package mutating func clear() { line.clear() }

  /// The text of the line when `step` steps took `time`.
  package static func text(
    _ title: String, step: Int, of stepCount: Int, loss: Double? = nil,
    after time: Duration
  ) -> String {
    var text = "\(title): step \(grouped(step)) of \(grouped(stepCount))"
    if let loss { text += ", loss \(loss.text(significant: 3))" }
    let rate = Double(step) / (time / .seconds(1))
    // The rate of the first steps is not that of the later ones.
    if step > 0, time >= .milliseconds(200) {
      text +=
        rate < 100
        ? ", \(rate.text(significant: 3)) steps/s"
        : ", \(grouped(Int(rate))) steps/s"
      text += ", \(duration(Double(max(0, stepCount - step)) / rate)) left"
    }
    return text
  }
}
