//===--- RateSearch.swift - the learning rates that serve best ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Numerals
import Plots
import Progress

/// How near each optimizer comes with each learning rate.
struct RateSearch {
  /// 1e-4 to 1, twenty in each decade.
  static let rates = decades(-4...0, each: 20)

  /// Below every distance of single precision but 0.
  private static let nearest = 1e-8

  let names: [String]
  let tried: [[(rate: Double, distance: Double)]]

  init(_ contestants: [Contestant], steps: Int) throws {
    var progress = StepProgress(
      steps: contestants.count * Self.rates.count * steps)
    names = contestants.map(\.name)
    tried = try contestants.map { contestant in
      try Self.rates.map { rate in
        let end = try Run.end(contestant, rate: rate, steps: steps) {
          progress.countStep(
            "Search, \(contestant.name)", loss: End($1).value)
        }
        return (rate, end.distance)
      }
    }
  }

  /// The best of the rates up to `largest`.
  func best(_ contestant: Int, upTo largest: Double) -> (
    rate: Double, distance: Double
  )? {
    // A rate given by hand may miss the search's own by its rounding.
    tried[contestant].filter { $0.rate <= largest * (1 + 1e-9) }
      .lowest { $0.distance }
  }

  /// The distances over the rates. A line at `largestRate` says how far the figure
  /// goes.
  func chart(steps: Int, largestRate: Double) -> LineChart {
    let curves = zip(names, tried).map { name, tried in
      Curve(name, tried.map { Point($0.rate, max($0.distance, Self.nearest)) })
    }
    let bound = Curve(
      "largest rate of the figure",
      [Point(largestRate, Self.nearest), Point(largestRate, 1e3)],
      style: CurveStyle(Colour(0x777777), dashes: [1, 2]))
    return LineChart(
      title: "Rosenbrock: where each learning rate leads",
      x: Axis("learning rate", scale: .logarithmic, range: 1e-4...1),
      y: Axis(
        "distance after \(grouped(steps)) steps (0: at the bottom)",
        scale: .logarithmic, range: Self.nearest...1e3),
      curves: curves + [bound])
  }

  var table: CSVTable {
    var table = CSVTable(columns: ["optimizer", "learning rate", "distance"])
    for (name, tried) in zip(names, tried) {
      for (rate, distance) in tried {
        table.append(name, numbers: [rate, distance])
      }
    }
    return table
  }
}
