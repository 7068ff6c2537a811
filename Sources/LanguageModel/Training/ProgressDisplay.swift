//===--- ProgressDisplay.swift - the progress of runs ---------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Progress
import Synchronization

/// The ``StepProgress`` of one run, or of several side by side.
final class ProgressDisplay: Sendable {
  private let progress: Mutex<StepProgress>

  /// - Parameter steps: The number of steps that all runs together have to
  ///   make.
  init(steps: Int) {
    progress = Mutex(StepProgress(steps: steps))
  }

  /// Counts a step of a run, and shows it unless another was shown just before.
  func show(_ run: RunSettings, loss: Double) {
    progress.withLock {
      $0.countStep("\(run.optimizer) \(run.learningRate)", loss: loss)
    }
  }

  /// Removes the line, so that others can be printed.
  func finish() { progress.withLock { $0.clear() } }
}
