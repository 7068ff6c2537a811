//===--- Contestant.swift - the settings of the two figures ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Plots

/// An optimizer of one of the figures, without its learning rate.
struct Contestant {
  let name: String
  /// The hyperparameters, whose learning rate is a placeholder.
  let hyperparameters: Hyperparameters
  /// The last point that the notebook prints.
  var printed: Point?

  /// Adam: AdEMAMix whose slow moment has no weight.
  private static func adam(
    _ beta1: Double, beta2: Double, printed: Point? = nil
  ) -> Contestant {
    Contestant(
      name: "Adam, β₁ = \(beta1)",
      hyperparameters: Hyperparameters(
        learningRate: 0, beta1: beta1, beta2: beta2, alpha: 0),
      printed: printed)
  }

  /// The optimizers of figure 2 of Pagliardini et al., 2024, without schedules.
  /// The paper does not give their learning rates.
  static let paper =
    [0.9, 0.99, 0.999, 0.9999].map { adam($0, beta2: 0.999) }
    + [0.999, 0.9999].map {
      Contestant(
        name: "AdEMAMix, β₃ = \($0)",
        hyperparameters: Hyperparameters(
          learningRate: 0, beta3: .constant($0), alpha: 9))
    }

  /// The optimizers of optax's gallery,
  /// examples/contrib/rosenbrock_ademamix.ipynb, with the points that the
  /// notebook prints after 100 000 steps.
  static func notebook(steps: Int) -> [Contestant] {
    let adams = [
      (0.9, Point(0.9999862909317017, 0.9999725818634033)),
      (0.99, Point(0.9999871850013733, 0.9999743103981018)),
      (0.999, Point(1.0000061988830566, 1.0000123977661133)),
      (0.9999, Point(0.9527199268341064, 0.9080769419670105)),
    ].map { adam($0, beta2: 0.9999, printed: $1) }
    let mixes = [
      (0.999, Point(1.0000168085098267, 0.9999828934669495)),
      (0.9999, Point(1.0000070333480835, 0.9999932050704956)),
    ].map { beta3, printed in
      Contestant(
        name: "AdEMAMix, β₃ = \(beta3)",
        hyperparameters: Hyperparameters(
          learningRate: 0, beta1: 0.99,
          beta3: .halfLife(from: 0, to: beta3, over: steps),
          alpha: .linear(from: 0, to: 0.8, over: steps)),
        printed: printed)
    }
    return adams + mixes
  }
}
