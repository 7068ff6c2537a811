//===--- RateSearch.swift - a search for the best learning rates ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Numerals
import Plots
import Progress

/// The distances of each optimizer to the minimum, with each of many learning
/// rates.
///
/// A rate is judged by the greatest distance over the last fifth of the steps.
/// If rates were judged by one step, or by a mean over steps, a path that
/// happens to pass the minimum on its way to elsewhere could win.
struct RateSearch {
  /// The learning rates: 1e-4 to 1, twenty in each decade.
  static let rates = decades(-4...0, each: 20)

  /// A distance that stands for 0 on a logarithmic axis. In single precision no
  /// other distance is as small.
  private static let nearest = 1e-8

  /// The steps by which a learning rate is judged.
  static func stretch(of steps: Int) -> ClosedRange<Int> {
    steps - max(1, steps / 5) + 1...steps
  }

  let names: [String]
  let tried: [[(rate: Double, distance: Double)]]

  init(_ contestants: [Contestant], steps: Int) throws {
    var progress = StepProgress(
      steps: contestants.count * Self.rates.count * steps)
    let stretch = Self.stretch(of: steps)
    names = contestants.map(\.name)
    tried = try contestants.map { contestant in
      try Self.rates.map { rate in
        var greatest = 0.0
        try Run.walk(contestant, rate: rate, steps: steps) { step, point in
          let place = Place(point)
          progress.countStep("Search, \(contestant.name)", loss: place.value)
          // A comparison with NaN is false, and so NaN replaces any distance.
          if stretch.contains(step), !(place.distance <= greatest) {
            greatest = place.distance
          }
        }
        return (rate, greatest)
      }
    }
  }

  /// The best learning rate up to `largest`.
  func best(_ contestant: Int, upTo largest: Double) -> (
    rate: Double, distance: Double
  )? {
    // The search's rates are rounded: one may exceed the same number given by
    // hand.
    tried[contestant].filter { $0.rate <= largest * (1 + 1e-9) }
      .lowest { $0.distance }
  }

  /// The distances over the learning rates. A line marks `largestRate`, the
  /// largest rate in the other pictures.
  func chart(steps: Int, largestRate: Double) -> LineChart {
    let curves = zip(names, tried).map { name, tried in
      Curve(name, tried.map { Point($0.rate, max($0.distance, Self.nearest)) })
    }
    let bound = Curve(
      "largest rate of the figure",
      [Point(largestRate, Self.nearest), Point(largestRate, 1e3)],
      style: CurveStyle(Colour(0x777777), dashes: [1, 2]))
    return LineChart(
      title: "Rosenbrock: where each learning rate leads, steps "
        + text(Self.stretch(of: steps)),
      x: Axis("learning rate", scale: .logarithmic, range: 1e-4...1),
      y: Axis(
        "greatest distance (0: at the bottom)", scale: .logarithmic,
        range: Self.nearest...1e3),
      curves: curves + [bound])
  }

  var table: CSVTable {
    var table = CSVTable(
      columns: ["optimizer", "learning rate", "greatest distance"])
    for (name, tried) in zip(names, tried) {
      for (rate, distance) in tried {
        table.append(name, numbers: [rate, distance])
      }
    }
    return table
  }
}

/// The text of a range of steps, such as "4,001 to 5,000".
func text(_ steps: ClosedRange<Int>) -> String {
  "\(grouped(steps.lowerBound)) to \(grouped(steps.upperBound))"
}
