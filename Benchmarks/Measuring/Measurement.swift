//===--- Measurement.swift - times taken in turn --------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Something that is timed.
struct Contestant<Name> {
  let label: Name
  /// What each time begins with, without being timed. Where there is something,
  /// a time has one step.
  var prepare: (() throws -> Void)?
  /// Makes a number of steps.
  let run: (Int) throws -> Void
}

/// The times of one contestant.
struct Measurement<Name> {
  let label: Name
  /// Nanoseconds a step, round by round.
  private let times: [Double]

  init(_ label: Name, times: [Double]) {
    self.label = label
    self.times = times
  }

  var minimum: Double { times.min() ?? .nan }

  var median: Double { Self.median(times) }

  /// How many times as long as another measurement of the same rounds this took:
  /// the median over the rounds, since a machine that is slower for some of them
  /// is so for both.
  func ratio(to other: Measurement) -> Double {
    Self.median(zip(times, other.times).map { $0 / $1 })
  }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}

/// Times contestants in turn, round after round, so that what else the machine
/// does meets all of them alike.
struct Rounds<Name> {
  private let contestants: [Contestant<Name>]
  /// The indices of contestants that are to run close together.
  private let heats: [Range<Int>]
  /// Steps in one time of each contestant.
  private let steps: [Int]
  private let count: Int

  /// Runs every contestant once or twice to find out how long a step takes.
  ///
  /// Those that are compared with each other belong in one heat.
  init(_ heats: [[Contestant<Name>]], _ effort: Effort) throws {
    contestants = heats.flatMap(\.self)
    self.heats = heats.reduce(into: []) { ranges, heat in
      let start = ranges.last?.upperBound ?? 0
      ranges.append(start..<start + heat.count)
    }
    let shortestTime = Effort.shortestTime * 1e9
    var steps: [Int] = []
    var round = 0.0
    for contestant in contestants {
      try contestant.prepare?()
      var time = try nanoseconds { try contestant.run(1) }
      if contestant.prepare != nil {
        round += time
        steps.append(1)
        continue
      }
      if time < shortestTime {
        // The first was cold.
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

  /// The measurements, in the order of the contestants.
  ///
  /// `willTime` is called before each time, with the fraction that is done.
  func measurements(
    willTime: (Name, Double) -> Void
  ) throws -> [Measurement<Name>] {
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
        // The one before has filled the caches with its own streams.
        if steps > 1 { try contestant.run(1) }
        try contestant.prepare?()
        let time = try nanoseconds { try contestant.run(steps) }
        times[index].append(time / Double(steps))
      }
    }
    return zip(contestants, times).map { Measurement($0.label, times: $1) }
  }
}

private func nanoseconds(_ body: () throws -> Void) rethrows -> Double {
  try ContinuousClock().measure(body) / .nanoseconds(1)
}
