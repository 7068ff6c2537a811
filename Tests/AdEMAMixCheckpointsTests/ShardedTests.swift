//===--- ShardedTests.swift - the files of many, resumed by others --------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import TestSupport
import Testing

@Suite struct `A sharded checkpoint` {
  @Test(arguments: [1, 3, 7], [1, 2, 5])
  func `goes on with the bits of the whole on any number of shards`(
    saved: Int, resumed: Int
  ) throws {
    let script = try #require(Script.all.first)
    try expectSameBits(script, .blas, saved, resumed, Float.self)
    try expectSameBits(script, .fused, saved, resumed, Double.self)
  }

  @Test(arguments: Script.storages.map(\.name), [1, 3, 7])
  func `goes on so with moments in fewer bits`(
    storage: String, saved: Int
  ) throws {
    for resumed in [1, 2, 5] {
      try expectSameBits(
        .stored(as: storage), .fused, saved, resumed, Float.self)
    }
  }

  @Test func `has the parameters of any range`() throws {
    let folder = try TemporaryFolder()
    let run = try ShardedRun<Float>(
      #require(Script.all.first), .blas, count: 4, in: folder.path)
    let checkpoint = try ShardedCheckpoint<Float>(folder.path)
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

  private func expectSameBits<Scalar: TestScalar>(
    _ script: Script, _ engine: Engine, _ saved: Int, _ resumed: Int,
    _: Scalar.Type
  ) throws {
    let folder = try TemporaryFolder()
    _ = try ShardedRun<Scalar>(script, engine, count: saved, in: folder.path)
    let checkpoint = try ShardedCheckpoint<Scalar>(folder.path)
    var parameters: [Scalar] = []
    let layout = checkpoint.layout
    for shard in layout.shards(resumed, of: Scalar.self) {
      var optimizer = try checkpoint.optimizer(
        shard: shard, engine: engine, threads: 1)
      var part = try checkpoint.parameters(of: shard)
      for call in ShardedRun<Scalar>.callCount..<20 {
        try ShardedRun.step(&optimizer, &part, call: call)
      }
      parameters += part
    }
    var whole = try Training<Scalar>(script, .init(engine: engine, threads: 1))
    for call in 0..<20 { try whole.call(call) }
    let areEqual = bytes(parameters) == bytes(whole.parameters)
    #expect(areEqual)
  }
}

/// A run of several shards up to a call, and its files.
struct ShardedRun<Scalar: TestScalar> {
  static var callCount: Int { 9 }

  let shards: [Range<Int>]
  private(set) var parameters: [Scalar] = []
  private(set) var stepCount = 0

  /// Makes the calls in a process for each shard, as it were, and saves.
  init(
    _ script: Script, _ engine: Engine, count: Int, in folder: String,
    calls: Int = Self.callCount
  ) throws {
    let layout = try Training<Scalar>(
      script, .init(engine: engine, threads: 1)
    ).optimizer.layout
    shards = layout.shards(count, of: Scalar.self)
    var files: [ShardIndex.File] = []
    for (index, shard) in shards.enumerated() {
      var optimizer = try AdEMAMix<Scalar>(
        layout, shard: shard, engine: engine, threads: 1)
      var part = Array(Scalar.numbers.suffix(layout.count)[offset: shard])
      for call in 0..<calls {
        try Self.step(&optimizer, &part, call: call)
      }
      let name = ShardIndex.fileName(ofShard: index, of: count)
      try optimizer.save(to: "\(folder)/\(name)", parameters: part)
      files.append(ShardIndex.File(name: name, elements: shard))
      parameters += part
      stepCount = optimizer.stepCount
    }
    try ShardIndex(step: stepCount, files: files).write(in: folder)
  }

  /// Makes the step of a shard that `Training` makes of the whole.
  static func step(
    _ optimizer: inout AdEMAMix<Scalar>, _ part: inout [Scalar], call: Int
  ) throws {
    let gradients = Scalar.numbers[(call * 131)...][offset: optimizer.shard]
    try optimizer.step(&part, gradients: Array(gradients))
  }
}
