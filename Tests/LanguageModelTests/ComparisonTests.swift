//===--- ComparisonTests.swift - which runs, and what they show -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Foundation
import LanguageModel
import TestSupport
import Testing

@Suite struct `A comparison` {
  private let comparison = Comparison(
    learningRates: [0.01, 0.02], tuningSeed: 0, seeds: [1, 2], shares: [0.5],
    settings: settings)

  @Test func `tunes both optimizers alike, with a seed of its own`() {
    #expect(
      comparison.grid.map(\.name) == [
        "adamw-lr0.01-seed0-steps40", "ademamix-lr0.01-seed0-steps40",
        "adamw-lr0.02-seed0-steps40", "ademamix-lr0.02-seed0-steps40",
      ])
  }

  @Test func `repeats the best of each, the longest runs first`() {
    let losses = [1.5, 1.4, 1.3, .nan]
    let results = zip(comparison.grid, losses).map {
      RunResult(settings: $0, curve: curve([(40, $1)]))
    }
    let best = comparison.best(of: results)
    #expect(best == [.adamw: 0.02, .ademamix: 0.01])
    let repetitions = comparison.repetitions(best)
    #expect(repetitions.map(\.steps) == [40, 40, 40, 40, 20, 20])
    #expect(
      Set(repetitions.map(\.name)) == [
        "adamw-lr0.02-seed1-steps40", "ademamix-lr0.01-seed1-steps40",
        "ademamix-lr0.01-seed1-steps20", "adamw-lr0.02-seed2-steps40",
        "ademamix-lr0.01-seed2-steps40", "ademamix-lr0.01-seed2-steps20",
      ])
  }

  @Test func `tells in how many steps a loss is reached, interpolated`() {
    let result = RunResult(
      settings: comparison.grid[0],
      curve: curve([(0, 4), (10, 2), (20, 1.5), (30, 1.6)]))
    #expect(result.step(reaching: 3) == 5)
    #expect(result.step(reaching: 1.75) == 15)
    #expect(result.step(reaching: 5) == 0)
    #expect(result.step(reaching: 1.4) == nil)
    // It was below for a while.
    #expect(result.step(reaching: 1.55) == nil)
    let dipping = RunResult(
      settings: comparison.grid[0],
      curve: curve([(0, 4), (10, 2), (20, 3), (30, 1)]))
    #expect(dipping.step(reaching: 2) == 25)
    #expect(result.finalLoss == 1.6)
  }

  @Test(arguments: [
    // AdEMAMix at half and at all steps, AdamW at 1.5: what it needs.
    (1.6, 1.4, "75 % of the steps (interpolated)"),
    (1.4, 1.3, "50 % of the steps, or fewer"),
    (1.8, 1.6, "No length of AdEMAMix's runs reaches"),
  ])
  func `has a headline`(half: Double, whole: Double, expected: String) {
    let best: [OptimizerName: Double] = [.adamw: 0.01, .ademamix: 0.02]
    let repetitions = comparison.repetitions(best).map { settings in
      let isHalf = settings.steps == 20
      let last =
        settings.optimizer == .adamw ? 1.5 : isHalf ? half : whole
      return RunResult(
        settings: settings, curve: curve([(0, 4), (settings.steps, last)]))
    }
    let summary = Summary(comparison, grid: [], repetitions: repetitions)
    #expect(summary.text.contains(expected))
    #expect(summary.text.contains("adamw, 40 steps: 1.5000 ± 0.0000"))
    // A heading, and two points of each of six runs.
    #expect(summary.curves.split(separator: "\n").count == 13)
  }

  @Test func `does not repeat runs that have ended`() throws {
    let folder = try TemporaryFolder()
    let text = (0..<100_000).map { UInt8(97 + $0 * $0 % 11) }
    let corpus = try Corpus(text)
    let queue = RunQueue(corpus, folder: folder.path)
    let first = try queue.results(of: comparison.grid)
    #expect(first.map(\.curve.points.count) == [5, 5, 5, 5])

    // One is left as if it had been killed; another would differ if it ran.
    let names = comparison.grid.map { folder.file($0.name) }
    try FileManager.default.removeItem(atPath: "\(names[1])/curve.csv")
    let kept = Curve.one(step: 40, loss: 0.5)
    try kept.csv.write(
      toFile: "\(names[2])/curve.csv", atomically: true, encoding: .utf8)
    // Another was killed between its end and the removal of its checkpoints.
    let checkpoints = "\(names[3])/checkpoints"
    try FileManager.default.createDirectory(
      atPath: checkpoints, withIntermediateDirectories: false)
    let second = try queue.results(of: comparison.grid)
    #expect(!FileManager.default.fileExists(atPath: checkpoints))
    #expect(second[1].curve.csv == first[1].curve.csv)
    #expect(second[2].curve.csv == kept.csv)
  }

  @Test func `goes on where a learning rate diverges`() throws {
    let folder = try TemporaryFolder()
    let corpus = try Corpus((0..<100_000).map { UInt8(97 + $0 * $0 % 11) })
    func summary(_ rates: [Double]) throws -> Summary {
      let comparison = Comparison(
        learningRates: rates, tuningSeed: 1, seeds: [1], shares: [],
        settings: Self.settings)
      let queue = RunQueue(corpus, folder: folder.path)
      let grid = try queue.results(of: comparison.grid)
      return Summary(
        comparison, grid: grid,
        repetitions: try queue.results(
          of: comparison.repetitions(comparison.best(of: grid))))
    }
    let mixed = try summary([0.01, 1e30])
    #expect(mixed.text.contains("adamw 1e+30: nan"))
    #expect(mixed.text.contains("adamw, 40 steps: "))
    #expect(try mixed.pictures().allSatisfy { !$0.svg.contains(/\bnan\b/) })
    let diverged = try summary([1e30])
    #expect(diverged.text.contains("No run of AdamW ends with a finite loss."))
  }

  private static var settings: RunSettings {
    var settings = RunSettings(
      .adamw, learningRate: 0, seed: 0, steps: 40,
      shape: GPTShape(
        vocabulary: 11, context: 8, width: 8, heads: 2, blocks: 1),
      textDigest: 0)
    settings.sequences = 2
    settings.evaluationInterval = 10
    return settings
  }

  private func curve(_ points: [(step: Int, loss: Double)]) -> Curve {
    var curve = Curve()
    curve.points = points.flatMap { Curve.one(step: $0, loss: $1).points }
    return curve
  }
}

extension Curve {
  fileprivate static func one(step: Int, loss: Double) -> Curve {
    var curve = Curve()
    curve.points = [
      CurvePoint(
        step: step, tokens: step, trainingLoss: loss, validationLoss: loss,
        gradientNorm: 1)
    ]
    return curve
  }
}
