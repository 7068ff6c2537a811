//===--- Comparison.swift - all optimizers on all problems ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Numerals
import Plots
import Progress

/// The distances of every optimizer to the answers.
struct Comparison {
  struct Result {
    let name: String
    let rate: Double
    /// The distances of each seed, at each recorded step.
    let distances: [[Double]]

    var ends: [Double] { distances.compactMap(\.last) }
    var ranges: [MedianAndRange] { MedianAndRange.byIndex(distances) }
  }

  let results: [Result]
  /// The final distance of each optimizer with each learning rate of the
  /// search.
  let rates: CSVTable
  private let recorded: [Int]

  /// The learning rates of the search: 1e-3 to 10, eight in each decade.
  private static let searched = decades(-3...1, each: 8)

  init(_ settings: LeastSquares) throws {
    let steps = settings.steps
    let contestants = Contestant.all(steps: steps)
    let rehearsal = try settings.problem(seed: settings.seed - 1)
    let problems = try (0..<settings.seeds).map {
      try settings.problem(seed: settings.seed + $0)
    }
    let recorded = evenSteps(to: steps)
    let runCount =
      contestants.count * (Self.searched.count + settings.seeds)
    var progress = StepProgress(steps: runCount * steps)

    func distances(
      _ contestant: Contestant, _ problem: Problem, rate: Double, seed: Int
    ) throws -> [Double] {
      var distances: [Double] = []
      try contestant.run(
        problem, rate: rate, steps: steps, batch: settings.batch, seed: seed
      ) { step, loss, x in
        progress.countStep(contestant.name, loss: loss)
        if recorded[distances.count] == step {
          distances.append(problem.distance(x))
        }
      }
      return distances
    }

    var rates = CSVTable(columns: ["optimizer", "learning rate", "distance"])
    results = try contestants.map { contestant in
      let search = try Self.searched.map { rate in
        let distances = try distances(
          contestant, rehearsal, rate: rate, seed: settings.seed - 1)
        // The last distance is not a lucky one: the learning rate has fallen to
        // 0, and over the last 20th of the steps the best runs vary by 1 %, at
        // most by 10 %.
        return (rate: rate, distance: distances[distances.count - 1])
      }
      for (rate, distance) in search {
        rates.append(contestant.name, numbers: [rate, distance])
      }
      // The search is never empty.
      let rate = (search.lowest { $0.distance } ?? search[0]).rate
      return Result(
        name: contestant.name, rate: rate,
        distances: try problems.enumerated().map { index, problem in
          try distances(
            contestant, problem, rate: rate, seed: settings.seed + index)
        })
    }
    self.rates = rates
    self.recorded = recorded
  }

  var chart: LineChart {
    LineChart(
      title: "Least squares: distance to LAPACK's answer",
      x: Axis("step"),
      y: Axis("|x − answer| / |answer|", scale: .logarithmic),
      curves: results.map { result in
        Curve(
          "\(result.name), rate \(result.rate.text(significant: 2))",
          x: recorded.map(Double.init), result.ranges)
      })
  }

  var table: CSVTable {
    var table = CSVTable(columns: [
      "optimizer", "learning rate", "step", "lowest", "median", "highest",
    ])
    for result in results {
      for (step, range) in zip(recorded, result.ranges) {
        table.append(
          result.name,
          numbers: [
            result.rate, Double(step), range.lowest, range.median,
            range.highest,
          ])
      }
    }
    return table
  }
}

extension LeastSquares {
  func problem(seed: Int) throws(Problem.Failure) -> Problem {
    try Problem(
      rows: rows, columns: columns, condition: condition, noise: noise,
      seed: seed)
  }
}
