//===--- Contestant.swift - the optimizers that are compared --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// An optimizer without its learning rate.
struct Contestant: Sendable {
  let name: String
  /// The hyperparameters, whose learning rate is a placeholder.
  private let hyperparameters: Hyperparameters

  /// All optimizers. AdamW is AdEMAMix whose slow moment has no weight. The
  /// weight and decay rate of the slow moments warm up over the whole run, as
  /// in the paper.
  static func all(alpha: Double, steps: Int) -> [Contestant] {
    let plain = Hyperparameters(learningRate: 0, weightDecay: 0.1)
    return [Contestant(name: "AdamW", hyperparameters: plain.with(\.alpha, 0))]
      + [0.99, 0.999].map {
        Contestant(
          name: "AdEMAMix, β₃ = \($0)",
          hyperparameters: plain.warmingUp(alpha: alpha, beta3: $0, over: steps)
        )
      }
  }

  /// The hyperparameters of a run. The learning rate rises to `rate` over a
  /// twentieth of the steps, and then falls to a hundredth of it as a cosine.
  func hyperparameters(rate: Double, steps: Int) -> Hyperparameters {
    hyperparameters.with(
      \.learningRate,
      .warmupCosine(
        peak: rate, warmup: steps / 20, total: steps, to: rate / 100))
  }
}
