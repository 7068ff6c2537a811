//===--- ProgressDisplay.swift - how far runs are -------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Progress
import Synchronization

/// The ``StepProgress`` of one run, or of several side by side.
final class ProgressDisplay: Sendable {
  private struct State: ~Copyable {
    var progress: StepProgress
    var doneCount = 0
  }

  private let state: Mutex<State>

  /// - Parameter steps: Those to come, in all runs together.
  init(steps: Int) {
    state = Mutex(State(progress: StepProgress(steps: steps)))
  }

  /// Counts a step of a run, and shows it unless another was just before.
  func show(_ run: RunSettings, loss: Double) {
    state.withLock {
      $0.doneCount += 1
      $0.progress.show(
        "\(run.optimizer) \(run.learningRate)", step: $0.doneCount, loss: loss)
    }
  }

  /// Removes the line, so that others can be printed.
  func finish() { state.withLock { $0.progress.clear() } }
}
