//===--- StudyRun+Suggested.swift - a run as the library suggests ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix

extension StudyRun {
  /// The run with the hyperparameters that the library suggests for a learning
  /// rate of AdamW.
  package static func suggested(
    steps: Int, adamWLearningRate: Double, seed: UInt64
  ) -> StudyRun {
    let suggestion = Hyperparameters.suggested(
      steps: steps, adamWLearningRate: adamWLearningRate)
    return StudyRun(
      steps: steps, alpha: suggestion.alpha.value(at: steps),
      beta3: suggestion.beta3.value(at: steps), warmup: 1,
      learningRate: suggestion.learningRate.value(at: 0), seed: seed)
  }
}
