//===--- ShardedTests.swift - the files of many, resumed by others --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import Foundation
import TestSupport
import Testing

@Suite struct `A sharded checkpoint` {
  @Test(arguments: [1, 3, 7], [1, 2, 5])
  func `goes on with the bits of the whole on any number of shards`(
    saved: Int, resumed: Int
  ) throws {
    let plain = Scenario.named("plain")
    try expectSameBits(plain, saved, resumed, Float.self)
    try expectSameBits(
      plain.computed(engine: .fused), saved, resumed, Double.self)
  }

  @Test(arguments: Scenario.storages.map(\.name), [1, 3, 7])
  func `goes on so with moments in fewer bits`(
    storage: String, saved: Int
  ) throws {
    for resumed in [1, 2, 5] {
      try expectSameBits(.stored(as: storage), saved, resumed, Float.self)
    }
  }

  @Test func `has the parameters of any range`() throws {
    let folder = try TemporaryFolder()
    let run = try ShardedRun<Float>(
      .named("plain"), count: 4, in: folder.path)
    let checkpoint = try Checkpoint<Float>(folder.path)
    #expect(checkpoint.stepCount == run.stepCount)
    #expect(checkpoint.shards == run.shards)
    let all = try checkpoint.parameters()
    #expect(all == run.parameters)
    let (end, cut) = (all.count, all.count / 3)
    for range in [0..<0, 0..<end, 1..<end - 1, cut..<cut + 5, end..<end] {
      let part = try checkpoint.parameters(of: range)
      #expect(part == Array(all[range]), "\(range)")
    }
  }

  @Test func `has no more than its layout`() throws {
    let folder = try TemporaryFolder()
    _ = try ShardedRun<Float>(
      .named("plain"), count: 4, in: folder.path)
    let checkpoint = try Checkpoint<Float>(folder.path)
    let count = checkpoint.layout.count
    for range in [
      count..<count + 1, count + 75..<count + 78, -2..<2, -1..<(-1),
      0..<1 << 62, 0..<Int.max, Int.min..<Int.max, Int.max..<Int.max,
    ] {
      let error = CheckpointError.rangeOutOfLayout(range, count: count)
      #expect(throws: error) { try checkpoint.parameters(of: range) }
      #expect(throws: error) { _ = try checkpoint.optimizer(shard: range) }
    }
  }

  @Test(arguments: [1, 2, 5])
  func `is not needed to go on with parts of one file`(resumed: Int) throws {
    let folder = try TemporaryFolder()
    for scenario in [Scenario.named("plain"), .stored(as: "minimal")] {
      var run = try ScenarioRun<Float>(scenario)
      try run.apply(calls: 0..<ShardedRun<Float>.callCount)
      try run.save(to: folder.file("f"))
      let checkpoint = try Checkpoint<Float>(folder.file("f"))
      #expect(checkpoint.shards == [0..<checkpoint.layout.count])
      try expectSameBits(scenario, checkpoint, resumed)
    }
  }

  @Test func `of one file has no more than the file`() throws {
    let folder = try TemporaryFolder()
    let run = try ShardedRun<Float>(
      .named("plain"), count: 3, in: folder.path)
    let name = ShardIndex.fileName(ofShard: 1, of: 3)
    let checkpoint = try Checkpoint<Float>(folder.file(name))
    let shard = run.shards[1]
    #expect(checkpoint.shards == [shard])
    let part = shard.lowerBound + 1..<shard.upperBound
    #expect(try checkpoint.parameters() == Array(run.parameters[shard]))
    #expect(try checkpoint.parameters(of: part) == Array(run.parameters[part]))
    for range in [
      shard.lowerBound - 1..<shard.upperBound,
      shard.lowerBound..<shard.upperBound + 1,
    ] {
      let error = CheckpointError.shard(shard, expected: range)
      #expect(throws: error) { try checkpoint.parameters(of: range) }
      #expect(throws: error) { _ = try checkpoint.optimizer(shard: range) }
    }
  }

  @Test func `says whether all of its files are finite`() throws {
    let folder = try TemporaryFolder()
    _ = try ShardedRun<Float>(.named("plain"), count: 3, in: folder.path)
    let checkpoint = try Checkpoint<Float>(folder.path)
    #expect(checkpoint.isFinite == true)
    #expect(checkpoint.hasParameters && !checkpoint.hasAverage)
    #expect(throws: CheckpointError.noAverage) {
      _ = try checkpoint.average()
    }
    let last = folder.file(ShardIndex.fileName(ofShard: 2, of: 3))
    var parameters = try Checkpoint<Float>(last).parameters()
    parameters[0] = .nan
    try Checkpoint<Float>(last).optimizer()
      .save(to: last, parameters: parameters)
    #expect(checkpoint.isFinite == false)
    try FileManager.default.removeItem(atPath: last)
    #expect(checkpoint.isFinite == nil)
  }

  private func expectSameBits<Scalar: OptimizerScalar>(
    _ scenario: Scenario, _ saved: Int, _ resumed: Int, _: Scalar.Type
  ) throws {
    let folder = try TemporaryFolder()
    _ = try ShardedRun<Scalar>(scenario, count: saved, in: folder.path)
    try expectSameBits(
      scenario, try Checkpoint<Scalar>(folder.path), resumed)
  }

  /// Goes on from the shards of a checkpoint as a run does that never stopped.
  private func expectSameBits<Scalar: OptimizerScalar>(
    _ scenario: Scenario, _ checkpoint: borrowing Checkpoint<Scalar>,
    _ resumed: Int
  ) throws {
    var parameters: [Scalar] = []
    for shard in checkpoint.layout.shards(resumed, of: Scalar.self) {
      let part = try checkpoint.parameters(of: shard)
      var run = ScenarioRun<Scalar>(
        scenario,
        try checkpoint.optimizer(
          shard: shard, engine: scenario.computation.engine, threads: 1), part,
        try ParameterAverage(of: part, decay: 0))
      try run.apply(calls: ShardedRun<Scalar>.callCount..<20)
      parameters += run.parameters
    }
    var whole = try ScenarioRun<Scalar>(scenario)
    try whole.apply(calls: 0..<20)
    let areEqual = bytes(parameters) == bytes(whole.parameters)
    #expect(areEqual)
  }
}

/// A run of several shards up to a call, and its files.
struct ShardedRun<Scalar: OptimizerScalar> {
  static var callCount: Int { 9 }

  let shards: [Range<Int>]
  private(set) var parameters: [Scalar] = []
  private(set) var stepCount = 0

  /// Makes the calls in a process for each shard, as it were, and saves.
  init(
    _ scenario: Scenario, count: Int, in folder: String,
    calls: Int = Self.callCount
  ) throws {
    shards = try scenario.layout().shards(count, of: Scalar.self)
    var files: [ShardIndex.File] = []
    for (index, shard) in shards.enumerated() {
      var run = try ScenarioRun<Scalar>(scenario, shard: shard)
      try run.apply(calls: 0..<calls)
      let name = ShardIndex.fileName(ofShard: index, of: count)
      try run.optimizer.save(
        to: "\(folder)/\(name)", parameters: run.parameters)
      files.append(ShardIndex.File(name: name, elements: shard))
      parameters += run.parameters
      stepCount = run.optimizer.stepCount
    }
    try ShardIndex(step: stepCount, files: files).write(in: folder)
  }
}
