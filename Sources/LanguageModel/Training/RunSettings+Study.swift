//===--- RunSettings+Study.swift - the model and text of the study --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Studies

extension RunSettings {
  /// The settings of a run of the study: one block of width 16, and 16
  /// sequences of 8 characters in each step.
  init(_ run: StudyRun, _ corpus: Corpus) {
    self.init(
      run.alpha > 0 ? .ademamix : .adamw, learningRate: run.learningRate,
      seed: run.seed, steps: run.steps,
      shape: GPTShape(
        vocabulary: corpus.vocabulary.count, context: 8, width: 16, heads: 1,
        blocks: 1),
      textDigest: corpus.digest)
    sequences = 16
    alpha = run.alpha
    beta3 = run.beta3
    slowWarmup = run.warmupSteps
    // The first evaluation and these: a few, which take little of the time.
    evaluationInterval = max(run.steps / 5, 500)
  }
}
