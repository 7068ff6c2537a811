//===--- Hyperparameters+Suggested.swift - from a known AdamW run ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension Hyperparameters {
  /// Hyperparameters with which a run of AdamW goes over to AdEMAMix: alpha is
  /// 5, the learning rate half of AdamW's, and the slow moment averages over a
  /// tenth of the run.
  ///
  ///     let hyperparameters = Hyperparameters.suggested(
  ///       steps: 20_000, adamWLearningRate: 1e-3)
  ///
  /// `beta3` is 1 - 10/`steps`, at least 0.98 and at most 0.9999; the limits
  /// are reached at 500 and 100,000 steps. Alpha and beta3 warm up over all
  /// steps. The learning rate is constant: a run whose rate rises and falls
  /// replaces it by half of AdamW's schedule. Weight decay is 0, and all other
  /// values are the defaults.
  ///
  /// The suggestion rests on runs of 500 to 20,000 steps of two small models,
  /// with β₁ = 0.9 and β₂ = 0.999; see <doc:ChoosingHyperparameters> for how
  /// near it comes to the best of a grid. It is a first try for larger models,
  /// and for other numbers of steps.
  ///
  /// - Parameters:
  ///   - steps: The number of steps of the whole run. An optimizer refuses a
  ///     negative number when it receives the hyperparameters.
  ///   - adamWLearningRate: The learning rate that is best for AdamW, or the
  ///     peak of its schedule, at least 0.
  /// - Returns: The hyperparameters, in the standard form.
  public static func suggested(
    steps: Int, adamWLearningRate: Double
  ) -> Hyperparameters {
    let beta3 = 1 - 10 / Double(max(steps, 1))
    return Hyperparameters(learningRate: adamWLearningRate / 2)
      .warmingUp(
        alpha: 5, beta3: min(max(beta3, 0.98), 0.9999), over: steps)
  }
}
