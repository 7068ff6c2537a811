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
    abstract: "Trains a small network with many hyperparameters and lengths.",
    discussion: StudyOptions.discussion)

  @OptionGroup var options: StudyOptions

  func run() throws {
    try rerunInReleaseIfNeeded(Digits._commandName)
    useThreads(1)
    // The test images of the comparison stay unused.
    let (known, _) = try DigitImages.bundled().divided(seed: 0)
    let (training, validation) = known.divided(seed: 1)
    let layers = PerceptronLayers(width: 32)
    try options.study(
      "digits", rates: [2e-3, 4e-3, 8e-3, 1.6e-2]
    ) { run, report in
      let settings = RunSettings(
        steps: run.steps, batch: 32, noise: 1, storage: .full, layers: layers,
        recorded: Set((1...5).map { max(1, $0 * run.steps / 5) }).sorted())
      return try Run(
        run.hyperparameters, seed: run.seed, settings, on: training,
        test: validation, report
      ).test.map(\.loss)
    }
  }
}
