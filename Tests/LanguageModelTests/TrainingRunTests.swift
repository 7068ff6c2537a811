//===--- TrainingRunTests.swift - a run, whole and in pieces --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Foundation
import LanguageModel
import Layers
import TestSupport
import Testing

@Suite struct `A training run` {
  private let corpus: Corpus

  init() throws {
    // Words in an order that can be learned.
    let words = ["begat ", "and ", "the son of ", "Judas\n"]
    let text = (0..<20_000).map { words[$0 % 7 % 4] }.joined()
    corpus = try Corpus(Array(text.utf8))
  }

  @Test(arguments: OptimizerName.allCases)
  func `lowers the loss`(optimizer: OptimizerName) throws {
    var run = try TrainingRun(settings(optimizer), corpus)
    try run.train()
    let first = try #require(run.curve.points.first)
    let last = try #require(run.curve.points.last)
    #expect(abs(first.validationLoss - log(Double(vocabulary))) < 0.2)
    #expect(last.validationLoss < first.validationLoss / 2)
    #expect(last.step == 60)
    #expect(last.tokens == 60 * 4 * 16)
    #expect(run.speed.tokens == last.tokens)
    #expect(run.speed.matrixSeconds > 0)
  }

  @Test(arguments: StorageName.allCases)
  func `goes on with the same bits from its last checkpoint`(
    storage: StorageName
  ) throws {
    let folder = try TemporaryFolder()
    var settings = settings(.ademamix)
    settings.storage = storage
    var whole = try TrainingRun(settings, corpus)
    try whole.train()

    // Stopped between two checkpoints, twice, which lie between evaluations.
    for stop in [17, 46] {
      var part = try TrainingRun(
        settings, corpus, folder: RunFolder(folder.path, settings),
        savingEvery: 7)
      try part.train(upTo: stop)
    }
    let runFolder = try RunFolder(folder.path, settings)
    var resumed = try TrainingRun(settings, corpus, folder: runFolder)
    // A checkpoint that is due waits while another is being written.
    #expect((7...46).contains(resumed.stepCount))
    try resumed.train()
    #expect(resumed.parameters == whole.parameters)
    #expect(resumed.curve.csv == whole.curve.csv)
    #expect(try runFolder.storedCurve().csv == whole.curve.csv)
  }

  @Test(arguments: [StorageName.compact, .minimal])
  func `learns as much with moments in fewer bits`(
    storage: StorageName
  ) throws {
    var settings = settings(.ademamix)
    var full = try TrainingRun(settings, corpus)
    try full.train()
    settings.storage = storage
    var run = try TrainingRun(settings, corpus)
    try run.train()
    #expect(run.parameters != full.parameters)
    let loss = try #require(run.curve.points.last?.validationLoss)
    let expected = try #require(full.curve.points.last?.validationLoss)
    #expect(abs(loss / expected - 1) < 0.02)
  }

  @Test(arguments: [false, true], StorageVariant.all.suffix(4))
  func `learns as much with split weights, and goes on with the same bits`(
    releasesGradients: Bool, variant: StorageVariant
  ) throws {
    var settings = settings(.ademamix)
    settings.shape = GPTShape(
      vocabulary: vocabulary, context: 16, width: 16, heads: 2, blocks: 4)
    settings.releasesGradients = releasesGradients
    var plain = try TrainingRun(settings, corpus)
    try plain.train()
    settings.storage = variant.storage
    settings.weights = variant.weights
    var whole = try TrainingRun(settings, corpus)
    try whole.train()
    let loss = try #require(whole.curve.points.last?.validationLoss)
    let expected = try #require(plain.curve.points.last?.validationLoss)
    #expect(loss < 1.2 * expected)
    let bytes = (whole.parameterByteCount, plain.parameterByteCount)
    #expect(2 * bytes.0 == bytes.1)
    let isNarrow = whole.values.allSatisfy { Float(BFloat16($0)) == $0 }
    #expect(isNarrow)

    let folder = try TemporaryFolder()
    var part = try TrainingRun(
      settings, corpus, folder: RunFolder(folder.path, settings),
      savingEvery: 7)
    try part.train(upTo: 25)
    var resumed = try TrainingRun(
      settings, corpus, folder: RunFolder(folder.path, settings))
    #expect((7...25).contains(resumed.stepCount))
    try resumed.train()
    #expect(resumed.values == whole.values)
    #expect(resumed.curve.csv == whole.curve.csv)
  }

  @Test func `is not resumed with other weights`() throws {
    let folder = try TemporaryFolder()
    var settings = settings(.ademamix)
    _ = try RunFolder(folder.path, settings)
    settings.weights = .split24
    let refusal = RunError.otherSettings(
      folder: folder.path,
      differences: ["weights scalar there, split24 here"], canBeExtended: false)
    #expect(throws: refusal) { _ = try RunFolder(folder.path, settings) }
  }

  @Test
  func `learns as much, and resumes, with the gradient of a part at a time`()
    throws
  {
    var settings = settings(.ademamix)
    settings.shape = GPTShape(
      vocabulary: vocabulary, context: 16, width: 16, heads: 2, blocks: 4)
    var plain = try TrainingRun(settings, corpus)
    try plain.train()
    settings.releasesGradients = true
    var whole = try TrainingRun(settings, corpus)
    try whole.train()
    #expect(whole.gradientByteCount < plain.gradientByteCount / 3)
    let loss = try #require(whole.curve.points.last?.validationLoss)
    let expected = try #require(plain.curve.points.last?.validationLoss)
    #expect(loss < 1.2 * expected)

    let folder = try TemporaryFolder()
    var part = try TrainingRun(
      settings, corpus, folder: RunFolder(folder.path, settings),
      savingEvery: 7)
    try part.train(upTo: 25)
    var resumed = try TrainingRun(
      settings, corpus, folder: RunFolder(folder.path, settings))
    #expect((7...25).contains(resumed.stepCount))
    try resumed.train()
    #expect(resumed.parameters == whole.parameters)
  }

  @Test func `goes on from an older checkpoint where the newest is damaged`()
    throws
  {
    let folder = try TemporaryFolder()
    let settings = settings(.ademamix)
    var whole = try TrainingRun(
      settings, corpus, folder: RunFolder(folder.path, settings))
    try whole.train()
    let newest = folder.file("checkpoints/step-000000060.safetensors")
    try write(Array("{}".utf8), to: newest)
    var resumed = try TrainingRun(
      settings, corpus, folder: RunFolder(folder.path, settings))
    #expect((10..<60).contains(resumed.stepCount))
    try resumed.train()
    #expect(resumed.parameters == whole.parameters)
    #expect(resumed.curve.csv == whole.curve.csv)
  }

  @Test func `drops losses that its checkpoint has not seen`() throws {
    let folder = try TemporaryFolder()
    let settings = settings(.adamw)
    let runFolder = try RunFolder(folder.path, settings)
    var part = try TrainingRun(settings, corpus, folder: runFolder)
    try part.train(upTo: 20)
    let file = folder.file("curve.csv")
    let stored = try String(contentsOfFile: file, encoding: .utf8)
    try (stored + "30,1,0.5,0.5,1.0\n").write(
      toFile: file, atomically: true, encoding: .utf8)
    let resumed = try TrainingRun(settings, corpus, folder: runFolder)
    #expect((10...20).contains(resumed.stepCount))
    #expect(stored.hasPrefix(resumed.curve.csv))

    try stored.replacing("20,", with: "x,").write(
      toFile: file, atomically: true, encoding: .utf8)
    #expect(throws: RunError.damagedCurve(line: 4)) {
      _ = try runFolder.storedCurve()
    }
  }

  @Test func `refuses the folder of another run`() throws {
    let folder = try TemporaryFolder()
    _ = try RunFolder(folder.path, settings(.adamw))
    _ = try RunFolder(folder.path, settings(.adamw))
    func refusal(_ differences: String...) -> RunError {
      .otherSettings(
        folder: folder.path, differences: differences, canBeExtended: false)
    }
    #expect(throws: refusal("optimizer adamw there, ademamix here")) {
      _ = try RunFolder(folder.path, settings(.ademamix))
    }
    var otherText = settings(.adamw)
    otherText.textDigest ^= 1
    let (there, here) = (corpus.digest, corpus.digest ^ 1)
    #expect(
      throws: refusal("digest of the text \(there) there, \(here) here")
    ) {
      _ = try RunFolder(folder.path, otherText)
    }
    // A folder from before settings knew their text.
    let file = folder.file("settings.json")
    let stored = try String(contentsOfFile: file, encoding: .utf8)
    try stored.replacing("textDigest", with: "unknown").write(
      toFile: file, atomically: true, encoding: .utf8)
    #expect(throws: refusal("its settings.json cannot be read")) {
      _ = try RunFolder(folder.path, settings(.adamw))
    }
  }

  @Test func `names each setting that another run has`() {
    let own = settings(.adamw)
    var other = settings(.ademamix)
    other.learningRate = 1
    other.seed = 2
    other.steps = 3
    other.shape = GPTShape(
      vocabulary: 1, context: 2, width: 3, heads: 4, blocks: 5)
    other.textDigest ^= 1
    other.sequences = 5
    other.alpha = 6
    other.beta3 = 0.7
    other.slowWarmup = 10
    other.weightDecay = 8
    other.storage = .compact
    other.weights = .split32
    other.evaluationInterval = 9
    other.releasesGradients = true
    other.tokenLimit = 10
    other.skipsAbsentTokens = true
    other.tokenRateFactor = 11
    let differences = own.differences(from: other)
    // The shape has five.
    let count =
      Mirror(reflecting: own).children.count - 1
      + Mirror(reflecting: own.shape).children.count
    #expect(differences.count == count, "\(differences)")
    #expect(differences.contains("steps 3 there, 60 here"))
    #expect(own.differences(from: own).isEmpty)
  }

  @Test func `is extended when asked, with the schedules of the longer run`()
    throws
  {
    let folder = try TemporaryFolder()
    let short = settings(.ademamix)
    var long = short
    long.steps = 90
    var first = try TrainingRun(
      short, corpus, folder: RunFolder(folder.path, short))
    try first.train(upTo: 40)
    let refusal = RunError.otherSettings(
      folder: folder.path, differences: ["steps 60 there, 90 here"],
      canBeExtended: true)
    #expect(throws: refusal) { _ = try RunFolder(folder.path, long) }
    #expect("\(refusal)".contains("--extend"))

    // Killed before it has saved, it goes on all the same.
    for _ in 0..<2 {
      let run = try TrainingRun(
        long, corpus, folder: RunFolder(folder.path, long, extending: true))
      #expect((10...40).contains(run.stepCount))
      #expect(
        run.changedSettings.contains {
          $0.contains("learningRate") && $0.hasSuffix("which is kept")
        })
    }
    var rest = try TrainingRun(
      long, corpus, folder: RunFolder(folder.path, long))
    try rest.train()
    #expect(rest.stepCount == 90)
    #expect(rest.curve.points.last?.step == 90)
    // At the end of the short run's schedule, it would hardly move.
    let last = try #require(rest.curve.points.last?.validationLoss)
    let middle = try #require(
      rest.curve.points.first { $0.step == 60 }?.validationLoss)
    #expect(last < middle)
    // Not the other way.
    let shorter = RunError.otherSettings(
      folder: folder.path, differences: ["steps 90 there, 60 here"],
      canBeExtended: false)
    #expect(throws: shorter) {
      _ = try RunFolder(folder.path, short, extending: true)
    }
  }

  @Test func `shows both optimizers the same data, and starts them alike`()
    throws
  {
    var adamw = try TrainingRun(settings(.adamw), corpus)
    var ademamix = try TrainingRun(settings(.ademamix), corpus)
    #expect(adamw.parameters == ademamix.parameters)
    // Alpha is still small: the first steps nearly agree.
    var losses: [[Double]] = [[], []]
    try adamw.train(upTo: 3) { losses[0].append($0) }
    try ademamix.train(upTo: 3) { losses[1].append($0) }
    for (a, b) in zip(losses[0], losses[1]) { #expect(abs(a - b) < 0.01) }
    #expect(losses[0].count == 3)
  }

  @Test func `tells how long its text must be`() throws {
    var settings = settings(.adamw)
    settings.sequences = 512
    // One batch of 8,192 characters, and the one behind it.
    let needed = 57 * 4096 + 8193
    func text(_ count: Int) throws -> Corpus {
      try Corpus((0..<count).map { UInt8(97 + $0 % 11) })
    }
    #expect(throws: CorpusError.tooShort(count: needed - 1, needed: needed)) {
      _ = try TrainingRun(settings, text(needed - 1))
    }
    _ = try TrainingRun(settings, text(needed))
  }

  private var vocabulary: Int { corpus.vocabulary.count }

  private func settings(_ optimizer: OptimizerName) -> RunSettings {
    var settings = RunSettings(
      optimizer, learningRate: 0.01, seed: 1, steps: 60,
      shape: GPTShape(
        vocabulary: vocabulary, context: 16, width: 16, heads: 2, blocks: 1),
      textDigest: corpus.digest)
    settings.sequences = 4
    settings.beta3 = 0.99
    settings.evaluationInterval = 10
    return settings
  }
}
