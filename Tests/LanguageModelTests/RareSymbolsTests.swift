//===--- RareSymbolsTests.swift - rows that few batches meet --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Foundation
import LanguageModel
import Layers
import Testing

@Suite struct `Rare characters` {
  private let corpus: Corpus
  private let settings: RunSettings

  init() throws {
    // The only "Q" of the text is far from the batches of the first steps.
    var text = (0..<20_000).map { ["begat ", "and "][$0 % 7 % 2] }.joined()
    text.replaceSubrange(
      text.startIndex..<text.index(text.startIndex, offsetBy: 20),
      with: "begat Q begat begat ")
    corpus = try Corpus(Array(text.utf8))
    var settings = RunSettings(
      .ademamix, learningRate: 0.01, seed: 1, steps: 30,
      shape: GPTShape(
        vocabulary: corpus.vocabulary.count, context: 8, width: 8, heads: 1,
        blocks: 1),
      textDigest: corpus.digest)
    settings.sequences = 4
    settings.evaluationInterval = 30
    self.settings = settings
  }

  @Test func `give the embedding a group with the settings of the run`()
    throws
  {
    let plan = GPTLayers(settings.shape).plan
    let plain = try settings.layout(plan)
    #expect(plain.groups.map(\.name) == ["decayed", "plain"])

    var limited = settings
    limited.tokenLimit = 6
    var skipping = settings
    skipping.skipsAbsentTokens = true
    skipping.tokenRateFactor = 4
    let cases: [(RunSettings, Double?, Bool)] = [
      (limited, 6, false), (skipping, nil, true),
    ]
    for (settings, limit, skips) in cases {
      let layout = try settings.layout(plan)
      #expect(layout.groups.map(\.name) == ["tokens", "decayed", "plain"])
      let tokens = layout.groups[0]
      #expect(tokens.tensors.map(\.name) == ["tokens"])
      #expect(tokens.directionLimit == limit)
      #expect(tokens.skipsZeroGradients == skips)
      #expect(tokens.learningRateFactor == (skips ? 4 : 1))
      #expect(tokens.hyperparameters == plain.groups[0].hyperparameters)
      for group in layout.groups.dropFirst() {
        #expect(group.directionLimit == nil && !group.skipsZeroGradients)
      }
      #expect(layout.count == plain.count)
    }
  }

  @Test func `leave the files of other runs as they are`() throws {
    let keys = [Data("tokenLimit".utf8), Data("skip".utf8)]
    let plain = try JSONEncoder().encode(settings)
    for key in keys { #expect(plain.range(of: key) == nil) }
    var other = settings
    other.tokenLimit = 6
    other.skipsAbsentTokens = true
    let stored = try JSONEncoder().encode(other)
    for key in keys { #expect(stored.range(of: key) != nil) }
    #expect(try JSONDecoder().decode(RunSettings.self, from: plain) == settings)
    #expect(try JSONDecoder().decode(RunSettings.self, from: stored) == other)
  }

  @Test func `keep their row to the bit if it is skipped`() throws {
    let first: [Float] = GPTLayers(settings.shape).plan.initialValues(seed: 1)
    func row(
      _ symbol: Int, _ change: (inout RunSettings) -> Void
    ) throws -> (before: ArraySlice<Float>, after: ArraySlice<Float>) {
      var settings = settings
      change(&settings)
      var run = try TrainingRun(settings, corpus)
      try run.train()
      let elements = 8 * symbol..<8 * symbol + 8
      return (first[elements], run.parameters[elements])
    }
    let rare = RareSymbols(corpus, below: 2)
    #expect(rare.symbols.map(rare.character) == ["Q"])
    #expect(rare.frequent.count == corpus.vocabulary.count - 1)
    let symbol = rare.symbols[0]
    let skipped = try row(symbol) { $0.skipsAbsentTokens = true }
    #expect(skipped.before == skipped.after)
    let frequent = try row(rare.frequent[0]) { $0.skipsAbsentTokens = true }
    #expect(frequent.before != frequent.after)
    // A row without a gradient decays if it is not skipped.
    let plain = try row(symbol) { _ in }
    #expect(zip(plain.before, plain.after).allSatisfy { abs($1) < abs($0) })
    // A limit that no direction reaches leaves the run as it is.
    let limited = try row(symbol) { $0.tokenLimit = 1e6 }
    for (a, b) in zip(plain.after, limited.after) { #expect(abs(a - b) < 1e-6) }
  }

  @Test func `are predicted from, in the loss behind them`() {
    let rare = RareSymbols(corpus, below: 2)
    let parameters: [Float] =
      GPTLayers(settings.shape).plan.initialValues(seed: 1)
    // The first predictions are nearly uniform.
    let uniform = log(Double(corpus.vocabulary.count))
    #expect(abs(rare.loss(parameters, settings.shape) - uniform) < 0.3)
    let none = RareSymbols(corpus, below: 1)
    #expect(none.symbols.isEmpty)
    #expect(none.loss(parameters, settings.shape).isNaN)
  }

  @Test func `are trained with each variant`() throws {
    let variants = RareVariant.all(
      warmups: [0.5], limits: [6], skippingFactors: [1, 4])
    let names = variants.map { $0.name(steps: 30) }
    #expect(
      names == [
        "AdamW", "AdEMAMix, warm-up 15", "AdEMAMix, warm-up 15, limit 6",
        "AdEMAMix, warm-up 15, skips",
        "AdEMAMix, warm-up 15, skips, rate × 4",
      ])
    let rare = RareSymbols(corpus, below: 2)
    let study = RareStudy(settings, variants, seeds: [1, 2], rare, corpus)
    #expect(study.stepCount == 5 * 2 * 30)
    var stepCount = 0
    let runs = try study.runs(every: 7) { _, _ in stepCount += 1 }
    #expect(stepCount == study.stepCount)
    #expect(runs.count == 10)
    for run in runs {
      #expect(run.steps == [0, 7, 14, 21, 28, 30])
      #expect(run.magnitudes.count == 6)
      // The row does not grow in a run that never meets its character.
      let symbol = rare.symbols[0]
      #expect(run.largest(symbol) == run.magnitudes[0][symbol])
    }
    let settings = study.settings(of: variants[2], seed: 2)
    #expect(settings.tokenLimit == 6 && settings.seed == 2)
    #expect(settings.slowWarmup == 15 && settings.optimizer == .ademamix)
    #expect(study.settings(of: variants[3], seed: 1).skipsAbsentTokens)
    #expect(study.settings(of: variants[4], seed: 1).tokenRateFactor == 4)
    #expect(study.settings(of: variants[0], seed: 1).optimizer == .adamw)
  }
}
