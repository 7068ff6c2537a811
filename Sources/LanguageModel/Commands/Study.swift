//===--- Study.swift - runs over lengths and hyperparameters --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import Commands
import Layers
import Studies

/// Makes the runs of the study on which the page "Choosing hyperparameters"
/// rests.
struct Study: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains a small model with many hyperparameters and lengths.",
    discussion: StudyOptions.discussion)

  @OptionGroup var options: StudyOptions

  func run() throws {
    try rerunInReleaseIfNeeded(LanguageModel._commandName)
    useThreads(1)
    let corpus = try ModelOptions.bundledCorpus()
    try options.study(
      "language model", rates: [2.5e-3, 5e-3, 1e-2, 2e-2]
    ) { run, report in
      var training = try TrainingRun(RunSettings(run, corpus), corpus)
      try training.train(report: report)
      return training.curve.points.dropFirst().map(\.validationLoss)
    }
  }
}
