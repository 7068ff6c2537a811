//===--- SplitWeightsFileTests.swift - split weights in files -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import Foundation
import TestSupport
import Testing

@Suite struct `Split weights in a file` {
  /// An optimizer of split weights, with a group that is frozen from the start
  /// and one that is frozen later.
  private struct Run: ~Copyable {
    var optimizer: AdEMAMix<Float>
    var weights: [[BFloat16]]

    init(
      _ format: WeightFormat, shard: Range<Int>? = nil
    ) throws {
      let hyperparameters = Hyperparameters(learningRate: 0.1)
      let layout = try ParameterLayout([
        ParameterGroup(
          "a", sizes: [300, 5], hyperparameters, storage: .minimal),
        ParameterGroup("b", sizes: [70], hyperparameters, isFrozen: true),
        ParameterGroup("c", sizes: [33], hyperparameters),
      ])
      optimizer = try AdEMAMix(layout, shard: shard, weights: format)
      weights = [300, 5, 70, 33].map {
        Array(repeating: BFloat16(0), count: $0)
      }
    }

    static var parameters: [[Float]] { [300, 5, 70, 33].map { ninths($0) } }

    mutating func start() throws {
      try optimizer.split(Self.parameters, into: &weights)
    }

    mutating func train(to step: Int) throws {
      while optimizer.stepCount < step {
        if optimizer.stepCount == 2 {
          try optimizer.updateGroup("c") { $0.isFrozen = true }
        }
        let seed = optimizer.stepCount
        let gradients = weights.map { tensor in
          sample(tensor.count, seed).map { (x: Float) in BFloat16(x) }
        }
        try optimizer.step(&weights, gradients: gradients)
      }
    }

    func joined() throws -> [[Float]] {
      var joined = Self.parameters
      try optimizer.join(weights, into: &joined)
      return joined
    }
  }

  private static let formats = [WeightFormat.split32, .split24]

  @Test(arguments: formats)
  func `go on with the same bits`(format: WeightFormat) throws {
    let folder = try TemporaryFolder()
    var whole = try Run(format)
    try whole.start()
    try whole.train(to: 5)
    try whole.optimizer.save(to: folder.file("f"), parameters: whole.weights)
    var resumed = try Run(format)
    let loaded = try resumed.optimizer.load(
      from: folder.file("f"), parameters: &resumed.weights)
    #expect(!loaded.differences.contains { $0.field == "weights" })
    #expect(resumed.weights == whole.weights)
    try whole.train(to: 12)
    try resumed.train(to: 12)
    #expect(resumed.weights == whole.weights)
    let (one, other) = (try resumed.joined(), try whole.joined())
    #expect(one == other)
    #expect(resumed.optimizer.copyMoments() == whole.optimizer.copyMoments())
  }

  @Test(arguments: formats)
  func `are opened as Float weights and split again`(
    format: WeightFormat
  ) throws {
    let folder = try TemporaryFolder()
    var run = try Run(format)
    try run.start()
    try run.train(to: 3)
    try run.optimizer.save(to: folder.file("f"), parameters: run.weights)
    let checkpoint = try Checkpoint<Float>(folder.file("f"))
    let hasParameters = checkpoint.hasParameters
    #expect(hasParameters)
    let parameters = try checkpoint.parameters()
    let joined = try run.joined().flatMap { $0 }
    #expect(parameters == joined)
    // A part of them, which cuts tensors.
    #expect(
      try checkpoint.parameters(of: 290..<380) == Array(joined[290..<380]))
    var optimizer = try checkpoint.optimizer()
    #expect(optimizer.weights == format)
    var weights = run.weights.flatMap { $0 }
    let expected = weights
    // The corrections are there already.
    var again = parameters
    try optimizer.join(weights, into: &again)
    #expect(again == parameters)
    try optimizer.split(parameters, into: &weights)
    #expect(weights == expected)
  }

  @Test(arguments: formats)
  func `take no more bytes than in memory`(format: WeightFormat) throws {
    let folder = try TemporaryFolder()
    let count = 1 << 18
    var optimizer = try AdEMAMix<Float>(
      [
        ParameterGroup(
          "a", sizes: [count], Hyperparameters(learningRate: 0.1),
          storage: .minimal)
      ], weights: format)
    var weights = [BFloat16](repeating: BFloat16(1), count: count)
    try optimizer.split([Float](repeating: 1.1, count: count), into: &weights)
    try optimizer.step(&weights, gradients: weights)
    try optimizer.save(to: folder.file("f"), parameters: weights)
    let size = try content(of: folder.file("f")).count
    #expect(size <= (format == .split32 ? 8 : 7) * count + count / 10)
  }

  @Test func `are refused as Float weights without asking, and these as them`()
    throws
  {
    let folder = try TemporaryFolder()
    var split = try Run(.split32)
    try split.start()
    try split.train(to: 1)
    try split.optimizer.save(
      to: folder.file("split"), parameters: split.weights)
    var whole = try Run(.scalar)
    var parameters = try split.joined()
    try whole.optimizer.save(to: folder.file("whole"), parameters: parameters)

    let before = parameters
    var thrown: CheckpointError?
    do throws(CheckpointError) {
      try whole.optimizer.load(
        from: folder.file("split"), parameters: &parameters)
    } catch {
      thrown = error
    }
    #expect(thrown == .weights(.split32, expected: .scalar))
    #expect(thrown?.code == .settingsConflict)
    #expect(parameters == before && whole.optimizer.stepCount == 0)

    let weights = split.weights
    thrown = nil
    do throws(CheckpointError) {
      try split.optimizer.load(
        from: folder.file("whole"), parameters: &split.weights)
    } catch {
      thrown = error
    }
    #expect(thrown == .weights(.scalar, expected: .split32))
    #expect(split.weights == weights && split.optimizer.stepCount == 1)
    // The tree of a call must have the optimizer's form as well.
    thrown = nil
    do throws(CheckpointError) {
      try whole.optimizer.save(to: folder.file("none"), parameters: weights)
    } catch {
      thrown = error
    }
    #expect(
      thrown
        == .unsuitableMemory(.weightFormat(isSplit: true, expected: .scalar)))
    #expect(!FileManager.default.fileExists(atPath: folder.file("none")))
  }

  @Test func `are converted on request`() throws {
    let folder = try TemporaryFolder()
    var split = try Run(.split32)
    try split.start()
    try split.train(to: 4)
    let joined = try split.joined()
    try split.optimizer.save(
      to: folder.file("split"), parameters: split.weights)

    var whole = try Run(.scalar)
    var parameters = Run.parameters
    let loaded = try whole.optimizer.load(
      from: folder.file("split"), parameters: &parameters, keeping: .storage)
    #expect(parameters == joined)
    #expect(loaded.differences.contains { $0.field == "weights" && $0.isKept })
    #expect(whole.optimizer.weights == .scalar)
    #expect(whole.optimizer.copyMoments() == split.optimizer.copyMoments())
    try whole.optimizer.save(to: folder.file("whole"), parameters: parameters)

    var again = try Run(.split32)
    try again.optimizer.load(
      from: folder.file("whole"), parameters: &again.weights,
      keeping: .storage)
    #expect(again.weights == split.weights)
    let rejoined = try again.joined()
    #expect(rejoined == joined)
    try again.train(to: 8)
    try split.train(to: 8)
    #expect(again.weights == split.weights)

    var narrow = try Run(.split24)
    try narrow.optimizer.load(
      from: folder.file("split"), parameters: &narrow.weights,
      keeping: .storage)
    for (own, exact) in zip(try narrow.joined().joined(), joined.joined()) {
      #expect(abs(own - exact) <= abs(exact) * 0x1p-8)
      #expect(own.bitPattern & 0xff == 0)
    }
  }

  @Test(arguments: [false, true])
  func `are saved and resumed every few steps`(inBackground: Bool) throws {
    let folder = try TemporaryFolder()
    var whole = try Run(.split24)
    try whole.start()
    var checkpoints = try CheckpointManager<Float>(
      in: folder.path, every: 4, inBackground: inBackground)
    while whole.optimizer.stepCount < 10 {
      try whole.train(to: whole.optimizer.stepCount + 1)
      try checkpoints.saveIfDue(whole.optimizer, parameters: whole.weights)
      try checkpoints.finish()
    }
    var resumed = try Run(.split24)
    let loaded = try checkpoints.resume(
      &resumed.optimizer, parameters: &resumed.weights)
    #expect(loaded?.stepCount == 8)
    try resumed.train(to: 10)
    #expect(resumed.weights == whole.weights)
    try checkpoints.save(whole.optimizer, parameters: whole.weights)
    let last = try Checkpoint<Float>(
      folder.file("step-000000010.safetensors"))
    let stepCount = last.stepCount
    #expect(stepCount == 10)
  }

  @Test func `of a part become an optimizer of that part`() throws {
    let folder = try TemporaryFolder()
    var run = try Run(.split32)
    try run.start()
    try run.train(to: 3)
    try run.optimizer.save(to: folder.file("f"), parameters: run.weights)
    let checkpoint = try Checkpoint<Float>(folder.file("f"))
    let layout = checkpoint.layout
    let shards = layout.shards(2, of: Float.self)
    for shard in shards where !shard.isEmpty {
      let part = try checkpoint.optimizer(shard: shard)
      let weights = Array(run.weights.joined())[shard]
      var joined = try checkpoint.parameters(of: shard)
      let expected = joined
      joined = joined.map { _ in 0 }
      try part.join(Array(weights), into: &joined)
      #expect(joined == expected)
    }
  }
}
