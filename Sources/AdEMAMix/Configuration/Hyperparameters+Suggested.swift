//===--- Hyperparameters+Suggested.swift - from a known AdamW run ---------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension Hyperparameters {
  /// Hyperparameters for a number of steps, where AdamW's best learning rate is
  /// known.
  public static func suggested(
    steps: Int, adamWLearningRate: Double
  ) -> Hyperparameters {
    let beta3 = 1 - 10 / Double(max(steps, 1))
    return Hyperparameters(learningRate: adamWLearningRate / 2)
      .warmingUp(
        alpha: 5, beta3: min(max(beta3, 0.9), 0.9999), over: steps)
  }
}
