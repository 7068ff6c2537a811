//===--- Comparison.swift - every optimizer at its best learning rate -----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Numerals
import Plots
import Progress

/// How the optimizers fare, each at the learning rate that is best for it.
struct Comparison {
  struct Result {
    let name: String
    let rate: Double
    /// For each seed.
    let runs: [Run]
    /// The validation loss of each searched rate, over the seeds of the search.
    let search: [(rate: Double, loss: MedianAndRange)]

    /// The accuracy on the test images at the end.
    var accuracy: MedianAndRange {
      MedianAndRange(runs.compactMap(\.test.last?.accuracy))
    }

    /// What the steps of a run take.
    var seconds: MedianAndRange { MedianAndRange(runs.map(\.seconds)) }

    /// The first of the recorded steps after which the median accuracy is as
    /// large, `nil` if none is.
    func step(reaching accuracy: Double, _ settings: RunSettings) -> Int? {
      let accuracies = MedianAndRange.byIndex(
        runs.map { $0.test.map(\.accuracy) })
      return zip(settings.recorded, accuracies)
        .first { $1.median >= accuracy }?.0
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
  /// Beside a range of seeds that runs have.
  private static let searchSeeds = 3

  /// One fifth of the images is for the test alone. The search has four fifths of
  /// the others to train on, and tells the rest.
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
        contestant, rate: rate, seed: seed, settings, on: images, test: test
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
      // There is a first.
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
