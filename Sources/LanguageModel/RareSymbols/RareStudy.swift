//===--- RareStudy.swift - the variants with all seeds, and their table ---===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Numerals
internal import Plots

/// Runs of all variants with all seeds, which show rows that few batches meet.
package struct RareStudy: Sendable {
  /// The settings that all runs share. Alpha, beta3 and the warm-up are those
  /// of AdEMAMix.
  package let settings: RunSettings
  package let variants: [RareVariant]
  package let seeds: [UInt64]
  package let rare: RareSymbols
  private let corpus: Corpus

  package init(
    _ settings: RunSettings, _ variants: [RareVariant], seeds: [UInt64],
    _ rare: RareSymbols, _ corpus: Corpus
  ) {
    self.settings = settings
    self.variants = variants
    self.seeds = seeds
    self.rare = rare
    self.corpus = corpus
  }

  /// The number of steps of all runs together.
  package var stepCount: Int { variants.count * seeds.count * settings.steps }

  /// The settings of a run.
  package func settings(
    of variant: RareVariant, seed: UInt64
  ) -> RunSettings {
    var settings = settings
    settings.seed = seed
    settings.optimizer = variant.warmup == nil ? .adamw : .ademamix
    settings.slowWarmup = variant.warmupSteps(of: settings.steps)
    settings.tokenLimit = variant.limit
    settings.skipsAbsentTokens = variant.skippingFactor != nil
    settings.tokenRateFactor = variant.skippingFactor
    return settings
  }

  /// Makes all runs, those of a variant one after the other.
  ///
  /// - Parameters:
  ///   - interval: The steps from one measurement of the rows to the next.
  ///   - report: Takes the name of the variant and the loss of each batch.
  /// - Returns: The runs that have ended, in the order of the variants.
  /// - Throws: The errors of ``RareRun``.
  package func runs(
    every interval: Int, report: (_ name: String, _ loss: Double) -> Void
  ) throws -> [RareRun] {
    try variants.flatMap { variant in
      let name = variant.name(steps: settings.steps)
      return try seeds.map { seed in
        try RareRun(
          variant, settings(of: variant, seed: seed), corpus, rare,
          every: interval
        ) { report(name, $0) }
      }
    }
  }
}

extension RareStudy {
  /// The means over the seeds as a table in Markdown: the largest magnitude
  /// over the run in the row of each rare character, its median over the rows
  /// of the other characters, and the losses with their standard deviations.
  package func table(_ runs: [RareRun]) -> String {
    let names = rare.symbols.map {
      "\(rare.character($0)) (\(grouped(rare.counts[$0])))"
    }
    let titles =
      ["variant"] + names
      + ["other characters", "validation loss", "loss behind rare ones"]
    let rows = variants.map { variant in
      let runs = runs.filter { $0.variant == variant }
      let rows = rare.symbols.map { symbol in
        Spread(runs.map { $0.largest(symbol) }).mean.text(decimals: 2)
      }
      let others = runs.map { run in
        MedianAndRange(rare.frequent.map(run.largest)).median
      }
      return [variant.name(steps: settings.steps)] + rows + [
        Spread(others).mean.text(decimals: 2),
        Spread(runs.map(\.validationLoss)).text(),
        Spread(runs.map(\.rareLoss)).text(3),
      ]
    }
    return ([titles, titles.map { _ in "---" }] + rows).map {
      "| \($0.joined(separator: " | ")) |"
    }.joined(separator: "\n")
  }

  /// The losses of all runs as CSV, one line a run.
  package func losses(_ runs: [RareRun]) -> String {
    var table = CSVTable(columns: [
      "variant", "seed", "validation_loss", "loss_behind_rare",
    ])
    for run in runs {
      // A seed is written as text, since it may have more digits than a
      // Double.
      table.append(
        run.variant.name(steps: settings.steps), "\(run.seed)",
        numbers: [run.validationLoss, run.rareLoss])
    }
    return table.text
  }

  /// The rows of the embedding as CSV, one line a run and character.
  package func rows(_ runs: [RareRun]) -> String {
    var table = CSVTable(columns: [
      "variant", "seed", "symbol", "occurrences", "largest", "last",
    ])
    for run in runs {
      for symbol in rare.counts.indices {
        table.append(
          run.variant.name(steps: settings.steps), "\(run.seed)", "\(symbol)",
          numbers: [
            Double(rare.counts[symbol]), run.largest(symbol),
            run.magnitudes.last?[symbol] ?? .nan,
          ])
      }
    }
    return table.text
  }

  /// The picture of the rarest character's row over the steps, with a curve
  /// for each variant of a warm-up and one for AdamW.
  ///
  /// - Throws: `PlotError` if no magnitude is finite.
  package func picture(_ runs: [RareRun], warmup: Double) throws -> String {
    let rarest = rare.symbols[0]
    let shown = variants.filter { ($0.warmup ?? warmup) == warmup }
    return try LineChart(
      title: "The row of “\(rare.character(rarest))”, which the text has "
        + "\(grouped(rare.counts[rarest])) times",
      x: Axis("step", range: 0...Double(settings.steps)),
      y: Axis("largest |element| of the row"),
      curves: shown.map { variant in
        let runs = runs.filter { $0.variant == variant }
        return Plots.Curve(
          variant.name(steps: settings.steps),
          x: runs[0].steps.map(Double.init),
          MedianAndRange.byIndex(
            runs.map { $0.magnitudes.map { $0[rarest] } }))
      }
    ).svg()
  }
}
