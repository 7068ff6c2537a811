//===--- StudyOptions.swift - the runs that a study makes -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import ArgumentParser
internal import Commands

/// The options of a study: the values of each setting, which are all combined.
package struct StudyOptions: ParsableArguments {
  /// The explanation of a study in the help of each program that makes one.
  package static let discussion = """
    Each run is a line of a table. A study that was killed goes on with the \
    runs that the table lacks. The page "Choosing hyperparameters" has the \
    results.
    """

  @Option(parsing: .upToNextOption, help: "The numbers of steps.")
  var lengths: [Int] = [500, 2_000, 6_000, 20_000]
  @Option(
    parsing: .upToNextOption,
    help: "The weights of the slow moment at the end. 0 stands for AdamW.")
  var alphas: [Double] = [0, 2, 5]
  @Option(
    parsing: .upToNextOption,
    help: "The decay rates of the slow moment at the end.")
  var beta3s: [Double] = [0.99, 0.999, 0.9999]
  @Option(
    parsing: .upToNextOption,
    help: "The shares of the steps in which alpha and beta3 rise.")
  var warmups: [Double] = [1]
  @Option(
    parsing: .upToNextOption,
    help: """
      The peaks of the learning rate. (default: those of the committed study)
      """)
  var learningRates: [Double] = []
  @Option(parsing: .upToNextOption, help: "The seeds.")
  var seeds: [UInt64] = [1, 2, 3]
  @Flag(
    help: """
      Makes runs with the hyperparameters that the library suggests for these \
      learning rates of AdamW, in place of all combinations.
      """)
  var suggested = false
  @Flag(help: "Two runs of 40 steps each, which take seconds.")
  var quick = false
  @Option(help: "The file of the table, which may have runs already.")
  var output: String

  package init() {}

  package func validate() throws {
    for length in lengths { try require("lengths", length, in: 1...10_000_000) }
    for alpha in alphas { try require("alphas", alpha, in: 0...1_000) }
    for beta3 in beta3s { try require("beta3s", beta3, in: 0...0.999_999) }
    for warmup in warmups { try require("warmups", warmup, in: 0...1) }
    for rate in learningRates {
      try require("learning-rates", rate, in: 1e-9...10)
    }
  }

  /// The runs, each once: first those of the first seed.
  ///
  /// - Parameter rates: The learning rates without an option that says others.
  /// - Returns: The runs in their order.
  func runs(_ rates: [Double]) -> [StudyRun] {
    if quick {
      return [0, 5].map {
        StudyRun(
          steps: 40, alpha: $0, beta3: 0.99, warmup: 1, learningRate: 0.01,
          seed: 1)
      }
    }
    let rates = learningRates.isEmpty ? rates : learningRates
    var seen: Set<StudyRun> = []
    return seeds.flatMap { seed in
      lengths.flatMap { steps in
        rates.flatMap { runs(steps, $0, seed: seed) }
      }
    }.filter { seen.insert($0).inserted }
  }

  /// The runs with a number of steps and a learning rate.
  private func runs(
    _ steps: Int, _ rate: Double, seed: UInt64
  ) -> [StudyRun] {
    if suggested {
      return [.suggested(steps: steps, adamWLearningRate: rate, seed: seed)]
    }
    return alphas.flatMap { alpha in
      beta3s.flatMap { beta3 in
        warmups.map { warmup in
          StudyRun(
            steps: steps, alpha: alpha, beta3: beta3, warmup: warmup,
            learningRate: rate, seed: seed)
        }
      }
    }
  }
}
