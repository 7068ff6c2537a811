//===--- Contestant.swift - the optimizers, and one run -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// An optimizer without its learning rate.
struct Contestant: Sendable {
  let name: String
  private let hyperparameters: Hyperparameters

  /// All optimizers. AdamW is AdEMAMix whose slow moment has no weight. Weight
  /// decay is 0, since it would move the minimum. The weight and decay rate of
  /// the slow moments warm up over the whole run, as in the paper.
  static func all(steps: Int) -> [Contestant] {
    let plain = Hyperparameters(learningRate: 0)
    return [
      Contestant(name: "AdamW", hyperparameters: plain.with(\.alpha, 0)),
      Contestant(
        name: "AdEMAMix, β₃ = 0.999",
        hyperparameters: plain.warmingUp(beta3: 0.999, over: steps)),
      Contestant(
        name: "AdEMAMix, β₃ = 0.9999",
        hyperparameters: plain.warmingUp(over: steps)),
    ]
  }

  /// Runs the optimizer from parameters of 0. The learning rate falls to 0 as a
  /// cosine.
  ///
  /// The gradient of a step is that of `batch` neighbouring rows at a random
  /// place. `body` is called with each step, its loss, and the parameters after
  /// it.
  func run(
    _ problem: Problem, rate: Double, steps: Int, batch: Int, seed: Int,
    _ body: (Int, Double, [Double]) -> Void
  ) throws(AdEMAMixError) {
    var optimizer = try AdEMAMix<Double>([
      ParameterGroup(
        "x", sizes: [problem.columns],
        hyperparameters.with(
          \.learningRate, .cosineDecay(from: rate, over: steps)))
    ])
    var random = LAPACKRandom(seed: seed, stream: .batches)
    var x = [Double](repeating: 0, count: problem.columns)
    var gradient = x
    for step in 1...steps {
      let places = problem.rows - batch + 1
      let first = min(Int(random.uniform() * Double(places)), places - 1)
      let loss = problem.loss(
        x, rows: first..<(first + batch), gradient: &gradient)
      try optimizer.step(&x, gradients: gradient)
      body(step, loss, x)
    }
  }
}
