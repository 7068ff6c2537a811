//===--- Rounds.swift - times taken in turn -------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// Times contestants in turn, round after round, so that other work of the
/// machine meets all of them alike.
struct Rounds<Label> {
  private let contestants: [Contestant<Label>]
  /// The indices of contestants that run close together.
  private let heats: [Range<Int>]
  /// Steps in one time of each contestant.
  private let steps: [Int]
  private let count: Int
  /// Other work before each time.
  private let otherWork: (() -> Void)?

  /// Runs every contestant once or twice to find out how long a step takes.
  ///
  /// Contestants of one heat run close together because they are compared with
  /// each other. There must be one contestant at least.
  ///
  /// - Parameters:
  ///   - heats: The contestants.
  ///   - effort: How thoroughly to measure.
  ///   - otherWork: Work before each time, which then is that of one step.
  ///     `nil` if steps follow each other at once.
  /// - Throws: Errors of the contestants.
  init(
    _ heats: [[Contestant<Label>]], _ effort: Effort,
    otherWork: (() -> Void)? = nil
  ) throws {
    self.otherWork = otherWork
    contestants = heats.flatMap(\.self)
    self.heats = heats.reduce(into: []) { ranges, heat in
      let start = ranges.last?.upperBound ?? 0
      ranges.append(start..<start + heat.count)
    }
    let shortestTime = Effort.shortestTime * 1e9
    var steps: [Int] = []
    var round = 0.0
    for contestant in contestants {
      if let otherWork {
        round += try nanoseconds {
          try contestant.run(1)
          otherWork()
          try contestant.run(1)
        }
        steps.append(1)
        continue
      }
      try contestant.prepare?()
      var time = try nanoseconds { try contestant.run(1) }
      if contestant.prepare != nil {
        round += time
        steps.append(1)
        continue
      }
      if time < shortestTime {
        // The caches were cold for the first step.
        time = try nanoseconds { try contestant.run(4) } / 4
      }
      steps.append(max(1, Int((shortestTime / time).rounded(.up))))
      round += max(shortestTime, time)
    }
    self.steps = steps
    let affordable = Int(effort.budget * 1e9 / round)
    count = min(
      max(affordable, effort.rounds.lowerBound), effort.rounds.upperBound)
  }

  /// The times, in the order of the contestants.
  ///
  /// `willTime` is called before each time, with the fraction that is done.
  func times(
    willTime: (_ label: Label, _ fraction: Double) -> Void
  ) throws -> [ContestantTimes<Label>] {
    var times = contestants.map { _ in [Double]() }
    for round in 0..<count {
      // In another order each round: memory is faster for a while after a
      // contestant that used little of it.
      let order = heats.shuffled().flatMap { $0.shuffled() }
      for (place, index) in order.enumerated() {
        let (contestant, steps) = (contestants[index], steps[index])
        let done = round * contestants.count + place
        willTime(
          contestant.label, Double(done) / Double(count * contestants.count))
        // The contestant before has filled the caches with its own streams,
        // and has set the optimizer's threads.
        if steps > 1 || otherWork != nil { try contestant.run(1) }
        otherWork?()
        try contestant.prepare?()
        let time = try nanoseconds { try contestant.run(steps) }
        times[index].append(time / Double(steps))
      }
    }
    return zip(contestants, times).map { ContestantTimes($0.label, times: $1) }
  }
}

private func nanoseconds(_ body: () throws -> Void) rethrows -> Double {
  try ContinuousClock().measure(body) / .nanoseconds(1)
}
