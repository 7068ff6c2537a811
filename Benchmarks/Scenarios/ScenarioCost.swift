//===--- ScenarioCost.swift - a guess at the time of a scenario -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A rough guess at the time that a scenario takes, to tell how far the run is.
struct ScenarioCost {
  /// Seconds of preparation for each million of parameters.
  let setUp: Double
  /// The number of contestants whose times are ``Effort/shortestTime`` at
  /// least.
  let contestants: Int
  /// Seconds of a round for each million of parameters.
  let round: Double

  /// The seconds that a scenario of `count` parameters takes, with a gap before
  /// each time if there is one.
  func seconds(count: Int, _ effort: Effort, _ gap: Gap? = nil) -> Double {
    let millions = Double(count) / 1e6
    // A processor moves some 10 GB/s.
    let shortest = gap.map {
      max($0.milliseconds / 1e3, Double($0.byteCount) / 10e9)
    }
    let round =
      Double(contestants) * (shortest ?? Effort.shortestTime) + millions * round
    let rounds = effort.rounds
    let affordable = max(effort.budget, Double(rounds.lowerBound) * round)
    return millions * setUp + min(affordable, Double(rounds.upperBound) * round)
  }
}
