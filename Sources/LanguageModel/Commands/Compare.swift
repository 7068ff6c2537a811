//===--- Compare.swift - AdamW against AdEMAMix ---------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import Commands
import Layers
import Plots

/// Compares both optimizers on the same data.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compares AdamW and AdEMAMix on the same data.",
    discussion: """
      Both try the same learning rates with a seed of their own, and then run with \
      all seeds at the best rate. AdEMAMix also runs with fewer steps and schedules \
      as short. Several runs are made at a time, one on each core. A comparison that \
      was killed goes on when it is started again.
      """)

  @Flag(help: "A smaller model and fewer steps, which take 2 minutes.")
  var quick = false
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "The learning rates to choose from.",
      discussion: "(default: 5e-4 1e-3 2e-3 4e-3, twice that with --quick)"))
  var learningRates: [Double] = []
  @Option(help: "The seed of the runs that choose the learning rates.")
  var tuningSeed: UInt64 = 0
  @Option(
    parsing: .upToNextOption, help: "The seeds of the runs at the best rate.")
  var seeds: [UInt64] = [1, 2, 3]
  @Option(
    parsing: .upToNextOption,
    help: "Lengths of AdEMAMix's shorter runs, as shares of all steps.")
  var shares = [0.75]
  @Option(
    help: """
      The number of steps, of 16 sequences each. (default: 1500, 800 with --quick)
      """)
  var steps: Int?
  @Option(help: "The weight of AdEMAMix's slow moment at the end.")
  var alpha = 5.0
  @Option(help: "The decay rate of AdEMAMix's slow moment at the end.")
  var beta3 = 0.99
  @OptionGroup var model: ModelOptions
  @Option(
    help: """
      The folder for pictures, curves, the summary, and the runs. (default: \
      Plots/LanguageModel, Plots/LanguageModel/quick with --quick)
      """)
  var output: String?

  func validate() throws {
    guard !seeds.isEmpty else { throw ValidationError("At least one seed.") }
    for rate in learningRates {
      try require("learning-rates", rate, in: 1e-9...10)
    }
    try refuseDuplicates("learning-rates", learningRates)
    try refuseDuplicates("seeds", seeds)
    try require("alpha", alpha, in: 0...1_000)
    try require("beta3", beta3, in: 0...0.999_999)
    for share in shares where !(share > 0 && share < 1) {
      throw ValidationError("--shares \(share): it must be between 0 and 1.")
    }
    try require("steps", stepCount, in: 1...10_000_000)
    let lengths = shares.map { Comparison.steps(share: $0, of: stepCount) }
    for (share, length) in zip(shares, lengths)
    where length < 1 || length >= stepCount {
      throw ValidationError(
        "--shares \(share): of \(stepCount) steps, it must leave at least 1, "
          + "and not all.")
    }
    try refuseDuplicates("shares", lengths, of: "steps")
  }

  private var stepCount: Int { steps ?? (quick ? 800 : 1500) }

  private var rates: [Double] {
    guard learningRates.isEmpty else { return learningRates }
    let rates = [5e-4, 1e-3, 2e-3, 4e-3]
    return quick ? rates.map { 2 * $0 } : rates
  }

  func run() throws {
    try rerunInReleaseIfNeeded(LanguageModel._commandName)
    // Each core makes a run of its own: a product on several threads would
    // wait.
    useThreads(1)
    let corpus = try model.corpus()
    let shape = quick ? GPTShape.quick(corpus) : model.shape(corpus)
    var settings = RunSettings(
      .adamw, learningRate: 0, seed: 0, steps: stepCount,
      shape: shape, textDigest: corpus.digest)
    settings.alpha = alpha
    settings.beta3 = beta3
    let comparison = Comparison(
      learningRates: rates, tuningSeed: tuningSeed, seeds: seeds,
      shares: shares,
      settings: settings)

    let output =
      output ?? "Plots/LanguageModel" + (quick ? "/quick" : "")
    let queue = RunQueue(corpus, folder: "\(output)/runs")
    let grid = try queue.results(of: comparison.grid)
    let repetitions = try queue.results(
      of: comparison.repetitions(comparison.best(of: grid)))
    let summary = Summary(
      comparison, grid: grid, repetitions: repetitions)
    print(summary.text)
    let folder = try OutputFolder(output)
    try folder.write("summary.txt", summary.text + "\n")
    try folder.write("curves.csv", summary.curves)
    guard !repetitions.isEmpty else {
      print("No loss is finite: there are no pictures.")
      return
    }
    for (name, svg) in try summary.pictures() { try folder.write(name, svg) }
    print("Pictures and tables are in \(folder.path).")
  }
}

extension GPTShape {
  /// The sizes of a model that learns in seconds.
  fileprivate static func quick(_ corpus: Corpus) -> GPTShape {
    GPTShape(
      vocabulary: corpus.vocabulary.count, context: 64, width: 64, heads: 4,
      blocks: 2)
  }
}
