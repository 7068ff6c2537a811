//===--- RankTimes.swift - the times of a rank's steps --------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMixMPI

/// The times of the parts of a rank's steps, summed over the steps.
struct RankTimes {
  private(set) var stepCount = 0
  private var parts = StepTiming()
  private var calls = Duration.zero
  private var waiting = Duration.zero

  /// Counts a step.
  mutating func add(_ step: StepTiming) {
    stepCount += 1
    parts.add(step)
  }

  /// Adds what a step spent on sums in the backward pass and at its end.
  mutating func addOpenStep(_ step: (waiting: Duration, working: Duration)) {
    calls += step.working
    waiting += step.waiting
  }

  /// The times by name.
  func named(backward: Duration) -> [(name: String, time: Duration)] {
    var times = [
      ("waits for sums", parts.reducing + waiting),
      ("updates", parts.updating),
      ("waits for parameters", parts.gathering),
    ]
    // A step at once has no such times.
    if backward > .zero {
      times += [("backward pass", backward - calls), ("sends in it", calls)]
    }
    return times
  }
}
#endif
