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
  @Option(help: "How moments are stored: full, compact or minimal.")
  var storage = StorageName.full
  @OptionGroup var model: ModelOptions
  @Option(help: "Threads of OpenBLAS.")
  var threads = 1
  @Option(help: "A folder for the curve and checkpoints.")
  var output: String

  func validate() throws {
    try require("steps", steps, in: 1...10_000_000)
    try require("learning-rate", learningRate, in: 1e-9...10)
    try require("alpha", alpha, in: 0...1_000)
    try require("beta3", beta3, in: 0...0.999_999)
    try require("threads", threads, in: 1...1_024)
  }

  func run() throws {
    try rerunInReleaseIfNeeded(LanguageModel._commandName)
    useThreads(threads)
    let corpus = try model.corpus()
    var settings = RunSettings(
      optimizer, learningRate: learningRate, seed: seed, steps: steps,
      shape: model.shape(corpus), textDigest: corpus.digest)
    settings.alpha = alpha
    settings.beta3 = beta3
    settings.storage = storage
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
        Sampler(run.settings, run.parameters).symbols(400, seed: seed)))
  }
}

extension OptimizerName: ExpressibleByArgument {}
extension StorageName: ExpressibleByArgument {}
