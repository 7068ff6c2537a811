//===--- Storages.swift - losses with each storage ------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import Commands
import Layers
import Plots

/// Compares the forms of moments and weights on the same data.
struct Storages: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compares moments in fewer bits and split weights with Float.",
    discussion: """
      The runs differ in their storage and seed alone. Several are made at a time, \
      one on each core. A comparison that was killed goes on when it is started \
      again. The page "Memory and storage" has the results.
      """)

  @Option(
    parsing: .upToNextOption, help: "The seeds of the runs of each storage.")
  var seeds: [UInt64] = [1, 2, 3, 4, 5]
  @Option(help: "The number of steps, of 16 sequences each.")
  var steps = 800
  @Option(help: "The peak of the learning rate.")
  var learningRate = 4e-3
  @Option(help: "The weight of AdEMAMix's slow moment at the end.")
  var alpha = 5.0
  @Option(help: "The decay rate of AdEMAMix's slow moment at the end.")
  var beta3 = 0.99
  @OptionGroup var model: ModelOptions
  @Option(help: "The folder for the table, the picture, and the runs.")
  var output = "Plots/LanguageModel/storages"

  func validate() throws {
    guard !seeds.isEmpty else { throw ValidationError("At least one seed.") }
    try refuseDuplicates("seeds", seeds)
    try require("steps", steps, in: 1...10_000_000)
    try require("learning-rate", learningRate, in: 1e-9...10)
    try require("alpha", alpha, in: 0...1_000)
    try require("beta3", beta3, in: 0...0.999_999)
  }

  func run() throws {
    try rerunInReleaseIfNeeded(LanguageModel._commandName)
    // Each core makes a run of its own.
    useThreads(1)
    let corpus = try model.corpus()
    var settings = RunSettings(
      .ademamix, learningRate: learningRate, seed: 0, steps: steps,
      shape: model.shape(corpus), textDigest: corpus.digest)
    settings.alpha = alpha
    settings.beta3 = beta3
    let study = try StorageStudy(
      settings, StorageVariant.all, seeds: seeds,
      by: RunQueue(corpus, folder: "\(output)/runs"))
    let table = try study.table()
    print(table)
    let folder = try OutputFolder(output)
    try folder.write("storages.md", table + "\n")
    try folder.write("storages.csv", study.curves)
    try folder.write("storages.svg", try study.picture())
    print("The picture and tables are in \(folder.path).")
  }
}
