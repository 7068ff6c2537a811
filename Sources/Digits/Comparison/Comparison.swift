//===--- Comparison.swift - every optimizer at its best learning rate -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Numerals
import Plots
import Progress

/// The runs of the optimizers, each with its best learning rate.
struct Comparison {
  struct Result {
    let name: String
    let rate: Double
    /// The run of each seed.
    let runs: [Run]
    /// The validation loss of each searched rate, over the seeds of the search.
    let search: [(rate: Double, loss: MedianAndRange)]

    /// The accuracy on the test images at the end.
    var accuracy: MedianAndRange {
      MedianAndRange(runs.compactMap(\.test.last?.accuracy))
    }

    /// The time of the steps of a run.
    var seconds: MedianAndRange { MedianAndRange(runs.map(\.seconds)) }

    /// The first recorded step from which on the median accuracy is never less
    /// than `accuracy`, or `nil` if it is less at the last step.
    func step(keeping accuracy: Double, _ settings: RunSettings) -> Int? {
      MedianAndRange.byIndex(runs.map { $0.test.map(\.accuracy) })
        .firstIndexForGood { $0.median >= accuracy }
        .map { settings.recorded[$0] }
    }

    /// The loss on the test images at the end.
    var loss: MedianAndRange {
      MedianAndRange(runs.compactMap(\.test.last?.loss))
    }
  }

  let results: [Result]
  let settings: RunSettings
  let testCount: Int

  private static let searched = [
    1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2,
  ]
  /// The number of seeds of the search, which follow the seeds of the runs.
  private static let searchSeeds = 3

  /// Makes all runs. One fifth of the images is used for the test alone. The
  /// search trains on four fifths of the others, and is evaluated on the rest.
  init(
    _ contestants: [Contestant], _ images: DigitImages, _ settings: RunSettings,
    seeds: Range<Int>
  ) throws {
    let (training, test) = images.divided(seed: 0)
    let (rehearsal, validation) = training.divided(seed: 1)
    let searchSeeds = seeds.upperBound..<seeds.upperBound + Self.searchSeeds
    let runCount =
      contestants.count
      * (Self.searched.count * searchSeeds.count + seeds.count)
    var progress = StepProgress(steps: runCount * settings.steps)
    func run(
      _ contestant: Contestant, rate: Double, seed: Int,
      _ settings: RunSettings, on images: DigitImages, test: DigitImages
    ) throws -> Run {
      try Run(
        contestant.hyperparameters(rate: rate, steps: settings.steps),
        seed: UInt64(seed), settings, on: images, test: test
      ) { progress.countStep(contestant.name, loss: $0) }
    }

    var searching = settings
    searching.recorded = [settings.steps]

    results = try contestants.map { contestant in
      let search = try Self.searched.map { rate in
        let losses = try searchSeeds.map { seed in
          try run(
            contestant, rate: rate, seed: seed, searching, on: rehearsal,
            test: validation
          ).test[0].loss
        }
        return (rate: rate, loss: MedianAndRange(losses))
      }
      // The search is never empty.
      let best = search.lowest { $0.loss.median } ?? search[0]
      let runs = try seeds.map { seed in
        try run(
          contestant, rate: best.rate, seed: seed, settings, on: training,
          test: test)
      }
      return Result(
        name: contestant.name, rate: best.rate, runs: runs, search: search)
    }
    self.settings = settings
    testCount = test.count
  }
}
