//===--- Run.swift - one optimizer from the start to the end --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Layers

/// A training with one optimizer.
struct Run: Sendable {
  /// The evaluations on the images trained on, and on the test images, at each
  /// recorded step.
  let training, test: [Evaluation]
  /// The time of the steps, without the evaluations.
  let seconds: Double

  /// Trains a model, and calls `body` with the loss of each step.
  ///
  /// The first parameters and the images of each step depend on the seed alone:
  /// they are the same for every optimizer.
  init(
    _ hyperparameters: Hyperparameters, seed: UInt64, _ settings: RunSettings,
    on images: DigitImages, test unseen: DigitImages,
    _ body: (Double) -> Void
  ) throws(AdEMAMixError) {
    let layers = settings.layers
    var optimizer = try AdEMAMix<Float>(
      layers.plan.layout(
        hyperparameters, storage: settings.storage.storage),
      clock: .fromOne, engine: settings.storage.engine, threads: 1)
    let model = Perceptron<Float>(layers, capacity: max(settings.batch, 256))
    var parameters: [Float] = layers.plan.initialValues(seed: seed)
    var gradients = parameters
    var training: [Evaluation] = []
    var test: [Evaluation] = []
    // The streams with lower numbers are those of the first parameters.
    let random = CounterRandom(seed: seed, stream: 1 << 32)
    var duration = Duration.zero
    for step in 1...settings.steps {
      let start = ContinuousClock.now
      let chosen = (0..<settings.batch).map {
        random.below(images.count, UInt64(step * settings.batch + $0))
      }
      let loss =
        settings.noise > 0
        ? model.loss(
          parameters,
          images.noisy(
            chosen, deviation: settings.noise, seed: seed, step: step),
          Array(chosen.indices), gradients: &gradients)
        : model.loss(parameters, images, chosen, gradients: &gradients)
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
