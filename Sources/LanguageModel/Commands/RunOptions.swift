//===--- RunOptions.swift - the settings of a run, but its length ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

public import AdEMAMix
public import ArgumentParser
import Commands
import Layers

/// The options of the optimizer, and of the model that it trains.
struct RunOptions: ParsableArguments {
  @Option(help: "The optimizer: adamw or ademamix.")
  var optimizer = OptimizerName.ademamix
  @Option(help: "The peak of the learning rate.")
  var learningRate = 1e-3
  @Option(help: "The seed of the first parameters and the order of the data.")
  var seed: UInt64 = 1
  @Option(help: "The weight of AdEMAMix's slow moment at the end.")
  var alpha = 5.0
  @Option(help: "The decay rate of AdEMAMix's slow moment at the end.")
  var beta3 = 0.99
  @Option(help: "The storage of moments: full, compact or minimal.")
  var storage = StorageName.full
  @Option(
    help: """
      The form of the weights: scalar for Float, split32 or split24 for bfloat16 \
      with corrections of 16 or 8 bits.
      """)
  var weights = WeightFormat.scalar
  @Flag(
    help: """
      Whether a run in the folder with fewer steps goes on up to these steps. Its \
      schedules become those of the longer run.
      """)
  var extend = false
  @OptionGroup var model: ModelOptions

  func validate() throws {
    try require("learning-rate", learningRate, in: 1e-9...10)
    try require("alpha", alpha, in: 0...1_000)
    try require("beta3", beta3, in: 0...0.999_999)
  }

  /// The settings of a run of `steps` steps.
  func settings(_ corpus: Corpus, steps: Int) -> RunSettings {
    var settings = RunSettings(
      optimizer, learningRate: learningRate, seed: seed, steps: steps,
      shape: model.shape(corpus), textDigest: corpus.digest)
    settings.alpha = alpha
    settings.beta3 = beta3
    settings.storage = storage
    settings.weights = weights
    return settings
  }
}

extension WeightFormat: ExpressibleByArgument {}
extension OptimizerName: ExpressibleByArgument {}
extension StorageName: ExpressibleByArgument {}
