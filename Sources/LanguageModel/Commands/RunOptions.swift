//===--- RunOptions.swift - what a run depends on beside its length -------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import Commands
import Layers

/// How the optimizer trains a model.
struct RunOptions: ParsableArguments {
  @Option(help: "The optimizer: adamw or ademamix.")
  var optimizer = OptimizerName.ademamix
  @Option(help: "The peak of the learning rate.")
  var learningRate = 1e-3
  @Option(help: "Of the first parameters and the order of the data.")
  var seed: UInt64 = 1
  @Option(help: "What weighs AdEMAMix's slow moment in the end.")
  var alpha = 5.0
  @Option(help: "The decay of AdEMAMix's slow moment in the end.")
  var beta3 = 0.99
  @Option(help: "How moments are stored: full, compact or minimal.")
  var storage = StorageName.full
  @OptionGroup var model: ModelOptions

  func validate() throws {
    try require("learning-rate", learningRate, in: 1e-9...10)
    try require("alpha", alpha, in: 0...1_000)
    try require("beta3", beta3, in: 0...0.999_999)
  }

  /// The settings of a run of so many steps.
  func settings(_ corpus: Corpus, steps: Int) -> RunSettings {
    var settings = RunSettings(
      optimizer, learningRate: learningRate, seed: seed, steps: steps,
      shape: model.shape(corpus), textDigest: corpus.digest)
    settings.alpha = alpha
    settings.beta3 = beta3
    settings.storage = storage
    return settings
  }
}

extension OptimizerName: ExpressibleByArgument {}
extension StorageName: ExpressibleByArgument {}
