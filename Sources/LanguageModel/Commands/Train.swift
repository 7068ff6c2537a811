//===--- Train.swift - one run, from start or checkpoint to end -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import Commands
import Layers
import Numerals

/// Makes one run.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains one model, or goes on with a run that was killed."
  )

  @Option(help: "The number of steps, of 16 sequences each.")
  var steps = 2500
  @OptionGroup var options: RunOptions
  @Flag(
    help: """
      Whether each block is updated as soon as the backward pass has its gradient, \
      so that gradients take the memory of one block. Gradients are clipped tensor \
      by tensor then, and not by their norm.
      """)
  var releaseGradients = false
  @Option(help: "The number of threads of OpenBLAS.")
  var threads = 1
  @Option(help: "The folder of the curve and checkpoints.")
  var output: String

  func validate() throws {
    try require("steps", steps, in: 1...10_000_000)
    try require("threads", threads, in: 1...1_024)
  }

  func run() throws {
    try rerunInReleaseIfNeeded(LanguageModel._commandName)
    useThreads(threads)
    let corpus = try options.model.corpus()
    var settings = options.settings(corpus, steps: steps)
    settings.releasesGradients = releaseGradients
    let folder = try RunFolder(
      output, settings, extending: options.extend)
    let peak = peakMatrixRate()
    var run = try TrainingRun(settings, corpus, folder: folder)
    print(
      "\(grouped(run.parameterCount)) parameters, from step \(run.stepCount)")
    for difference in run.changedSettings { print(difference) }
    let display = ProgressDisplay(steps: steps - run.stepCount)
    try run.train { display.show(settings, loss: $0) }
    display.finish()
    if let last = run.curve.points.last {
      print("validation loss \(last.validationLoss.text(decimals: 4)) nats")
    }
    if run.speed.tokens > 0 { print(run.speed.description(peak: peak)) }
    print(
      "gradients take \(grouped(run.gradientByteCount)) bytes, parameters "
        + "\(grouped(run.parameterByteCount)); peak of the process "
        + "\(grouped(peakByteCount())) bytes")
    print(
      corpus.text(
        Sampler(settings, run.values).symbols(400, seed: settings.seed)))
  }
}
