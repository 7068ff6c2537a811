//===--- StudyRun.swift - one training of a study -------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix

/// The settings in which the runs of a study differ.
package struct StudyRun: Sendable, Hashable {
  /// The number of steps. All schedules end with the last step.
  package let steps: Int
  /// The weight of the slow moment at the end. With 0 the run is one of AdamW.
  package let alpha: Double
  /// The decay rate of the slow moment at the end; 0 in a run of AdamW.
  package let beta3: Double
  /// The share of the steps in which alpha and beta3 rise; 0 in a run of AdamW.
  package let warmup: Double
  /// The peak of the learning rate.
  package let learningRate: Double
  /// The seed of the first parameters and of the batches.
  package let seed: UInt64

  /// A run. AdamW has neither a beta3 nor a warm-up, so that runs of AdamW that
  /// would differ in these alone are the same run.
  package init(
    steps: Int, alpha: Double, beta3: Double, warmup: Double,
    learningRate: Double, seed: UInt64
  ) {
    self.steps = steps
    self.alpha = alpha
    self.beta3 = alpha == 0 ? 0 : beta3
    self.warmup = alpha == 0 ? 0 : warmup
    self.learningRate = learningRate
    self.seed = seed
  }

  /// The number of steps in which alpha and beta3 rise.
  package var warmupSteps: Int { Int((warmup * Double(steps)).rounded()) }

  /// The hyperparameters of the run. The learning rate rises in 3 % of the
  /// steps, and then falls to a hundredth of the peak as a cosine. The weight
  /// decay is 0.1.
  package var hyperparameters: Hyperparameters {
    let plain = Hyperparameters(
      learningRate: .warmupCosine(
        peak: learningRate, warmup: Int(0.03 * Double(steps)), total: steps,
        to: 0.01 * learningRate),
      weightDecay: 0.1)
    guard alpha > 0 else { return plain.with(\.alpha, 0) }
    return plain.warmingUp(alpha: alpha, beta3: beta3, over: warmupSteps)
  }
}

extension StudyRun {
  /// The same run with another seed.
  package func with(seed: UInt64) -> StudyRun {
    StudyRun(
      steps: steps, alpha: alpha, beta3: beta3, warmup: warmup,
      learningRate: learningRate, seed: seed)
  }
}
