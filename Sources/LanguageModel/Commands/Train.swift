//===--- Train.swift - one run, from start or checkpoint to end -----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import Commands
import Layers

/// One run.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains one model. Started again, it goes on where it was killed."
  )

  @Option(help: "The optimizer: adamw or ademamix.")
  var optimizer = OptimizerName.ademamix
  @Option(help: "The peak of the learning rate.")
  var learningRate = 1e-3
  @Option(help: "Of the first parameters and the order of the data.")
  var seed: UInt64 = 1
  @Option(help: "Steps of 16 sequences.")
  var steps = 2500
  @Option(help: "What weighs AdEMAMix's slow moment in the end.")
  var alpha = 5.0
  @Option(help: "The decay of AdEMAMix's slow moment in the end.")
  var beta3 = 0.99
  @OptionGroup var model: ModelOptions
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
    let corpus = try model.corpus()
    var settings = RunSettings(
      optimizer, learningRate: learningRate, seed: seed, steps: steps,
      shape: model.shape(corpus))
    settings.alpha = alpha
    settings.beta3 = beta3
    let folder = try RunFolder(output, settings)
    let peak = peakMatrixRate()
    var run = try TrainingRun(settings, corpus, folder: folder)
    print("\(run.parameters.count) parameters, from step \(run.stepCount)")
    let display = ProgressDisplay(steps: steps - run.stepCount)
    try run.train { display.show(settings, loss: $0.loss) }
    display.finish()
    if let last = run.curve.points.last {
      print("validation loss \(formatted(last.validationLoss, 4)) nats")
    }
    if run.speed.tokens > 0 { print(run.speed.description(peak: peak)) }
    print(
      corpus.text(
        Sampler(run.settings, run.parameters).symbols(400, seed: seed)))
  }
}

extension OptimizerName: ExpressibleByArgument {}
