//===--- ShardTests.swift - the files of an optimizer in parts ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import TestSupport
import Testing

@Suite struct `Shards that are resumed` {
  @Test(arguments: StepEngine.allCases, [1, 3, 40])
  func `go on with the bits of the whole`(engine: StepEngine, count: Int) throws
  {
    let scenario = Scenario.named("plain").computed(engine: engine)
    try expectSameBits(scenario, count, Float.self)
    try expectSameBits(scenario, count, Double.self)
  }

  @Test(arguments: Scenario.storages.map(\.name), [1, 3, 40])
  func `go on so with moments in fewer bits`(
    storage: String, count: Int
  ) throws {
    try expectSameBits(.stored(as: storage), count, Float.self)
  }

  @Test(arguments: [MomentStorage.compact, .minimal], [100..<600, 0..<300])
  func `go on so where they begin or end within a block`(
    storage: MomentStorage, shard: Range<Int>
  ) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    let layout = try ParameterLayout([
      ParameterGroup(
        "g", sizes: [1000], Hyperparameters(learningRate: 0.1), storage: storage
      )
    ])
    var parameters = [Float](repeating: 1, count: shard.count)
    let gradients: [Float] = sample(shard.count)
    var optimizer = try AdEMAMix<Float>(layout, shard: shard, engine: .fused)
    try optimizer.step(&parameters, gradients: gradients)
    try optimizer.save(to: path, parameters: parameters)

    var other = try AdEMAMix<Float>(layout, shard: shard, engine: .fused)
    var loaded = [Float](repeating: 0, count: shard.count)
    try other.load(from: path, parameters: &loaded)
    #expect(loaded == parameters)
    #expect(other.copyMoments() == optimizer.copyMoments())
    var resumed = try Checkpoint<Float>(path).optimizer()
    for _ in 0..<3 {
      try optimizer.step(&parameters, gradients: gradients)
      try resumed.step(&loaded, gradients: gradients)
    }
    #expect(loaded == parameters)
    #expect(resumed.copyMoments() == optimizer.copyMoments())

    var full = try AdEMAMix<Float>(layout, shard: shard, engine: .fused)
    try full.updateGroup("g") { $0.storage = .full }
    try full.load(from: path, keeping: .storage)
    #expect(full.copyMoments() == other.copyMoments())
    try full.updateGroup("g") { $0.storage = storage }
    try full.save(to: path)
    try other.load(from: path)
  }

  private func expectSameBits<Scalar: OptimizerScalar>(
    _ scenario: Scenario, _ count: Int, _: Scalar.Type
  ) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    var whole = try ScenarioRun<Scalar>(scenario)
    try whole.apply(calls: 0..<20)
    let layout = whole.optimizer.layout
    var parameters: [Scalar] = []
    var moments = layout.groups.map { _ in [[], [], []] as [[Scalar]] }
    for shard in layout.shards(count, of: Scalar.self) {
      var run = try ScenarioRun<Scalar>(scenario, shard: shard)
      try run.apply(calls: 0..<9)
      try run.save(to: path)
      #expect(try Checkpoint<Scalar>(path).shard == shard)
      var resumed = try ScenarioRun<Scalar>(resuming: path, scenario)
      try resumed.apply(calls: 9..<20)
      parameters += resumed.parameters
      for (group, part) in resumed.optimizer.copyMoments().enumerated() {
        moments[group][0] += part.fast
        moments[group][1] += part.slow
        moments[group][2] += part.second
      }
    }
    let areParametersEqual = bytes(parameters) == bytes(whole.parameters)
    #expect(areParametersEqual)
    let areMomentsEqual =
      moments
      == whole.optimizer.copyMoments().map { [$0.fast, $0.slow, $0.second] }
    #expect(areMomentsEqual)
  }
}
