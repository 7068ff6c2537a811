//===--- Rare.swift - rows of the embedding that few batches meet ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import Commands
import Layers
import Plots
import Progress
import Studies

/// Makes the runs on which the page "Idle and rare parameters" rests.
struct Rare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains a small model on a text with characters that are rare.",
    discussion: """
      The row of a rare character in the embedding has no gradient in most steps. \
      AdamW, AdEMAMix, a limit of the embedding's direction and skipped rows are \
      compared: by the largest magnitude in the rows, the validation loss, and \
      the loss of the characters behind rare ones in the training text. The page \
      "Idle and rare parameters" has the results.
      """)

  @Option(help: "The number of steps. (default: 20000, 40 with --quick)")
  var steps: Int?
  @Option(help: "The peak of the learning rate.")
  var learningRate = 1e-2
  @Option(help: "The weight of AdEMAMix's slow moment at the end.")
  var alpha = 5.0
  @Option(help: "The decay rate of AdEMAMix's slow moment at the end.")
  var beta3 = 0.9999
  @Option(
    parsing: .upToNextOption,
    help: """
      The shares of the steps in which alpha and beta3 rise. (default: 1 0, 1 with \
      --quick)
      """)
  var warmups: [Double] = []
  @Option(
    parsing: .upToNextOption,
    help: """
      The limits of the embedding's direction. (default: 6 1, 6 with --quick)
      """)
  var limits: [Double] = []
  @Option(
    parsing: .upToNextOption,
    help: "The factors of the embedding's learning rate if rows are skipped.")
  var factors = [1.0]
  @Option(
    parsing: .upToNextOption,
    help: "The seeds. (default: 1 2 3, 1 with --quick)")
  var seeds: [UInt64] = []
  @Option(help: "The sequences of a batch, of 8 characters each.")
  var batch = RunSettings.defaultSequences
  @Option(
    help: """
      The count from which on a character of the training text is not rare.
      """)
  var below = 50
  @Option(help: "The steps from one measurement of the rows to the next.")
  var interval = 25
  @Flag(help: "Few steps, variants and seeds, which take seconds.")
  var quick = false
  @Option(help: "The folder for tables and pictures.")
  var output = "Plots/LanguageModel/rare"

  func validate() throws {
    try require("steps", stepCount, in: 1...10_000_000)
    try require("learning-rate", learningRate, in: 1e-9...10)
    try require("alpha", alpha, in: 0...1_000)
    try require("beta3", beta3, in: 0...0.999_999)
    for warmup in warmups { try require("warmups", warmup, in: 0...1) }
    for limit in limits { try require("limits", limit, in: 1e-3...1e6) }
    for factor in factors { try require("factors", factor, in: 1e-3...1e3) }
    // The rarest character of the text is in it 3 times.
    try require("below", below, in: 4...1_000_000)
    try require("batch", batch, in: 1...1_024)
    try require("interval", interval, in: 1...10_000_000)
    try refuseDuplicates("warmups", warmups)
    try refuseDuplicates("limits", limits)
    try refuseDuplicates("factors", factors)
    try refuseDuplicates("seeds", seeds)
  }

  private var stepCount: Int { steps ?? (quick ? 40 : 20_000) }

  private var shares: [Double] {
    warmups.isEmpty ? (quick ? [1] : [1, 0]) : warmups
  }

  private var variants: [RareVariant] {
    let few = quick ? [6.0] : [6, 1]
    return RareVariant.all(
      warmups: shares, limits: limits.isEmpty ? few : limits,
      skippingFactors: factors)
  }

  func run() throws {
    try rerunInReleaseIfNeeded(LanguageModel._commandName)
    useThreads(1)
    let corpus = try ModelOptions.bundledCorpus()
    let study = study(corpus)
    var progress = StepProgress(steps: study.stepCount)
    let runs = try study.runs(every: interval) {
      progress.countStep($0, loss: $1)
    }
    progress.clear()
    print(study.table(runs))
    let folder = try OutputFolder(output)
    try folder.write("rare-losses.csv", study.losses(runs))
    try folder.write("rare-rows.csv", study.rows(runs))
    for warmup in shares {
      try folder.write(
        "rare-row-\(warmup).svg", try study.picture(runs, warmup: warmup))
    }
    print("Tables and pictures are in \(folder.path).")
  }

  private func study(_ corpus: Corpus) -> RareStudy {
    var settings = RunSettings(
      StudyRun(
        steps: stepCount, alpha: alpha, beta3: beta3, warmup: 1,
        learningRate: learningRate, seed: 1), corpus)
    settings.sequences = batch
    // The loss is evaluated before the first step and after the last one.
    settings.evaluationInterval = stepCount
    return RareStudy(
      settings, variants,
      seeds: seeds.isEmpty ? (quick ? [1] : [1, 2, 3]) : seeds,
      RareSymbols(corpus, below: below), corpus)
  }
}
