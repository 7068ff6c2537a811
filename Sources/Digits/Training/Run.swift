//===--- Run.swift - one optimizer from the start to the end --------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Layers

/// What runs have in common.
struct RunSettings: Sendable {
  let steps: Int
  /// The images of a step.
  let batch: Int
  /// Of the moments.
  let storage: StorageName
  let layers: PerceptronLayers
  /// The steps after which images are told, in ascending order.
  var recorded: [Int]
}

/// One training.
struct Run: Sendable {
  /// Over all of the images trained on, and those that were not, at each of the
  /// recorded steps.
  let training, test: [Evaluation]
  /// What the steps took, without the evaluations.
  let seconds: Double

  /// Trains, and shows `body` the loss of each step.
  ///
  /// The seed decides the parameters at the start and the images of each step,
  /// the same for every contestant.
  init(
    _ contestant: Contestant, rate: Double, seed: Int, _ settings: RunSettings,
    on images: DigitImages, test unseen: DigitImages,
    _ body: (Double) -> Void
  ) throws(AdEMAMixError) {
    let layers = settings.layers
    let seed = UInt64(seed)
    var optimizer = try AdEMAMix<Float>(
      layers.plan.layout(
        contestant.hyperparameters(rate: rate, steps: settings.steps),
        storage: settings.storage.storage),
      clock: .fromOne, engine: settings.storage.engine, threads: 1)
    let model = Perceptron<Float>(layers, capacity: max(settings.batch, 256))
    var parameters: [Float] = layers.plan.initialValues(seed: seed)
    var gradients = parameters
    var training: [Evaluation] = []
    var test: [Evaluation] = []
    // Streams of the first numbers are those of the parameters.
    let random = CounterRandom(seed: seed, stream: 1 << 32)
    var duration = Duration.zero
    for step in 1...settings.steps {
      let start = ContinuousClock.now
      let chosen = (0..<settings.batch).map {
        random.below(images.count, UInt64(step * settings.batch + $0))
      }
      let loss = model.loss(parameters, images, chosen, gradients: &gradients)
      try optimizer.step(&parameters, gradients: gradients)
      duration += ContinuousClock.now - start
      body(loss)
      if settings.recorded[training.count] == step {
        training.append(model.evaluation(parameters, images))
        test.append(model.evaluation(parameters, unseen))
      }
    }
    self.training = training
    self.test = test
    seconds = duration / .seconds(1)
  }
}
