//===--- Charts.swift - the pictures of a comparison ----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Numerals
internal import Plots

extension Summary {
  /// The pictures by the names of their files.
  ///
  /// - Throws: `PlotError` if no run has a finite loss.
  package func pictures() throws -> [(name: String, svg: String)] {
    [
      ("language-model.svg", try lossChart.svg()),
      ("language-model-rates.svg", try rateChart.svg()),
    ]
  }

  /// The validation losses of the repetitions, over the characters read.
  private var lossChart: LineChart {
    let lengths =
      [(OptimizerName.adamw, 1.0), (.ademamix, 1)]
      + comparison.shares.sorted(by: >).map { (.ademamix, $0) }
    let groups = lengths.map { results($0, share: $1) }.filter { !$0.isEmpty }
    let tokens = comparison.settings.tokensPerStep * comparison.settings.steps
    // The loss falls most in the first third of the steps. If the axis showed
    // that fall, the rest of the curves would look flat.
    let shown = groups.joined().flatMap { result in
      result.curve.points.filter { 3 * $0.step >= result.settings.steps }
    }.map(\.validationLoss).filter(\.isFinite)
    var losses = Axis("validation loss (nats a character)")
    if let lowest = shown.min(), let highest = shown.max(), lowest < highest {
      let margin = (highest - lowest) / 20
      losses.range = lowest - margin...highest + margin
    }
    return LineChart(
      title: "A small GPT on characters: AdamW and AdEMAMix",
      // The margin shows the whole of the last marker.
      x: Axis("characters read", range: 0...1.02 * Double(tokens)), y: losses,
      curves: groups.map(Self.curve))
  }

  private static func curve(_ results: [RunResult]) -> Plots.Curve {
    let settings = results[0].settings
    // The runs differ in their seeds alone, and have points at the same steps.
    let points = results[0].curve.points
    return Plots.Curve(
      "\(settings.optimizer.title), \(grouped(settings.steps)) steps, rate "
        + "\(settings.learningRate)",
      x: points.map { Double($0.tokens) },
      points.indices.map { index in
        MedianAndRange(results.map { $0.curve.points[index].validationLoss })
      },
      markers: .last)
  }

  /// The final validation losses of the grid, over the learning rate.
  private var rateChart: LineChart {
    var rates = Axis("peak of the learning rate", scale: .logarithmic)
    let tried = comparison.learningRates
    if let lowest = tried.min(), let highest = tried.max() {
      rates.range = lowest / 1.3...highest * 1.3
    }
    return LineChart(
      title: "A small GPT on characters: where each learning rate leads",
      x: rates,
      y: Axis("validation loss at the end (nats a character)"),
      curves: OptimizerName.allCases.map { optimizer in
        Plots.Curve(
          optimizer.title,
          grid.filter { $0.settings.optimizer == optimizer }.map {
            Point($0.settings.learningRate, $0.finalLoss)
          },
          markers: .all)
      })
  }
}

extension OptimizerName {
  fileprivate var title: String {
    switch self {
    case .adamw: "AdamW"
    case .ademamix: "AdEMAMix"
    }
  }
}
