//===--- Compare.swift - both optimizers, each at its best rate -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import Commands
import Glibc
import Layers
import Numerals
import Plots

/// Trains a multilayer perceptron with each optimizer, several times.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "AdamW and AdEMAMix on 1,797 images of handwritten digits.",
    discussion: """
      Trains a multilayer perceptron (64 pixels, two hidden layers, 10 digits) \
      with each optimizer, several times. One fifth of the images, always the \
      same, is used for the test alone. Each optimizer gets the learning rate \
      with the lowest median loss over three other seeds, on images held back \
      from those for training. Charts show medians over the seeds, and ranges.
      """)

  @Option(help: "The number of steps.")
  var steps = 1_000

  @Option(help: "The images of a step.")
  var batch = 64

  @Option(help: "The neurons of each hidden layer.")
  var width = 128

  @Option(help: "The weight of AdEMAMix's slow moment at the end.")
  var alpha = 5.0

  @Option(help: "The storage of moments: full, compact or minimal.")
  var storage = StorageName.full

  @Option(help: "The number of runs of each optimizer.")
  var seeds = 5

  @Option(help: "The first seed. The search uses seeds behind the last one.")
  var seed = 1

  @Option(help: "The folder for pictures and tables.")
  var output = "Plots"

  func validate() throws {
    try require("steps", steps, in: 1...1_000_000)
    try require("batch", batch, in: 1...4_096)
    try require("width", width, in: 1...4_096)
    try require("alpha", alpha, in: 0...1_000)
    try require("seeds", seeds, in: 1...1_000)
    try require("seed", seed, in: 0...1_000_000_000)
  }

  func run() throws {
    try rerunInReleaseIfNeeded(Digits._commandName)
    // The matrix products are too small for several threads.
    useThreads(1)
    let folder = try OutputFolder(output)
    let images = try DigitImages.bundled()
    let layers = PerceptronLayers(width: width)
    let comparison = try Comparison(
      Contestant.all(alpha: alpha, steps: steps), images,
      RunSettings(
        steps: steps, batch: batch, storage: storage, layers: layers,
        recorded: recorded),
      seeds: seed..<seed + seeds)
    print(
      "\(grouped(images.count)) images, \(comparison.testCount) of them for the "
        + "test; \(grouped(layers.plan.count)) parameters, \(grouped(steps)) "
        + "steps of \(batch) images, seeds \(seed) to \(seed + seeds - 1)")
    for result in comparison.results {
      print(
        "  \(result.name): rate \(result.rate), accuracy "
          + result.accuracy.text { "\((100 * $0).text(decimals: 2)) %" }
          + ", loss " + result.loss.text { $0.text(significant: 3) })
      let step = result.step(keeping: 0.97, comparison.settings)
      print(
        "    97 % from step \(step.map(grouped) ?? "–") on; a run takes "
          + result.seconds.text { $0.text(decimals: 2) } + " s")
    }
    try Figures(comparison: comparison).write(to: folder)
    print("Pictures and tables are in \(folder.path).")
  }

  /// The steps at which the model is evaluated: about 80, in equal ratios.
  private var recorded: [Int] {
    Set((0...80).map { Int(pow(Double(steps), Double($0) / 80).rounded()) })
      .sorted()
  }
}

extension StorageName: ExpressibleByArgument {}
