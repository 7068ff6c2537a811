//===--- TrainingRun.swift - the network, trained with one optimizer ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixDifferentiation
import Numerals
import _Differentiation

/// The network, trained with one optimizer.
struct TrainingRun {
  let name: String
  /// The loss in each step.
  private(set) var losses: [Double] = []
  private(set) var network: SpiralNetwork

  /// Trains a network. Each step uses all points. Biases have no weight decay.
  init(
    _ name: String, _ hyperparameters: Hyperparameters,
    _ settings: AutomaticDifferentiation,
    _ body: (_ loss: Double) -> Void
  ) throws(AdEMAMixError) {
    self.name = name
    var network = SpiralNetwork(width: settings.width, seed: settings.seed)
    let decayed = ParameterGroup("decayed", hyperparameters)
    let plain = ParameterGroup(
      "plain", hyperparameters.with(\.weightDecay, 0))
    var optimizer = try AdEMAMix<Double>(
      ParameterLayout(network.namedTensors) {
        $0.name.hasSuffix(".bias") ? plain : decayed
      })
    let spirals = Spirals.training
    for _ in 1...settings.steps {
      let (loss, gradient) = valueWithGradient(at: network) {
        $0.loss(spirals)
      }
      try optimizer.step(&network, along: gradient)
      losses.append(loss)
      body(loss)
    }
    self.network = network
  }

  /// The share of test points that the network classifies rightly, in percent.
  var accuracyText: String {
    "\((100 * Spirals.test.accuracy(network)).text(significant: 3)) %"
  }
}
