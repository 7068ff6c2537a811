//===--- Train.swift - one run, from start or checkpoint to end -----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import Commands
import Layers
import Numerals

/// One run.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains one model. Started again, it goes on where it was killed."
  )

  @Option(help: "Steps of 16 sequences.")
  var steps = 2500
  @OptionGroup var options: RunOptions
  @Option(help: "Threads of OpenBLAS.")
  var threads = 1
  @Option(help: "A folder for the curve and checkpoints.")
  var output: String

  func validate() throws {
    try require("steps", steps, in: 1...10_000_000)
    try require("threads", threads, in: 1...1_024)
  }

  func run() throws {
    try rerunInReleaseIfNeeded(LanguageModel._commandName)
    useThreads(threads)
    let corpus = try options.model.corpus()
    let settings = options.settings(corpus, steps: steps)
    let folder = try RunFolder(output, settings)
    let peak = peakMatrixRate()
    var run = try TrainingRun(settings, corpus, folder: folder)
    print("\(run.parameters.count) parameters, from step \(run.stepCount)")
    let display = ProgressDisplay(steps: steps - run.stepCount)
    try run.train { display.show(settings, loss: $0) }
    display.finish()
    if let last = run.curve.points.last {
      print("validation loss \(last.validationLoss.text(decimals: 4)) nats")
    }
    if run.speed.tokens > 0 { print(run.speed.description(peak: peak)) }
    print(
      corpus.text(
        Sampler(settings, run.parameters).symbols(400, seed: settings.seed)))
  }
}
