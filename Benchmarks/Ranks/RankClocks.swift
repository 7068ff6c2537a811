//===--- RankClocks.swift - times that all ranks take ---------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMixMPI

/// The times of one rank, in seconds, round by round.
struct RankClocks {
  private var times: [RankPart: [Double]] = [:]

  mutating func clear() { times = [:] }

  mutating func add(_ part: RankPart, _ duration: Duration) {
    times[part, default: []].append(duration / .seconds(1))
  }

  /// Times what all ranks begin together.
  mutating func time(
    _ part: RankPart, _ world: borrowing MPICommunicator,
    _ body: () throws -> Void
  ) throws {
    _ = try world.sum([0])
    add(part, try ContinuousClock().measure(body))
  }

  /// The median of each part's rounds. The time of a round is that of the
  /// slowest rank, or the mean over the ranks.
  func times(on world: borrowing MPICommunicator) throws -> [RankPart: Double] {
    var medians: [RankPart: Double] = [:]
    for part in RankPart.allCases {
      let own = times[part] ?? []
      var all = [Double](repeating: 0, count: own.count * world.size)
      for (round, time) in own.enumerated() {
        all[round * world.size + world.rank] = time
      }
      all = try world.sum(all)
      let rounds = own.indices.map { round in
        let ranks = all[(round * world.size)..<((round + 1) * world.size)]
        return part.isShare
          ? ranks.reduce(0, +) / Double(world.size) : ranks.max() ?? .nan
      }
      medians[part] = ContestantTimes(part, times: rounds).median
    }
    return medians
  }
}
#endif
