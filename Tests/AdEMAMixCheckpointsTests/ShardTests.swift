//===--- ShardTests.swift - the files of an optimizer in parts ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import TestSupport
import Testing

@Suite struct `Shards that are resumed` {
  @Test(arguments: Engine.allCases, [1, 3, 40])
  func `go on with the bits of the whole`(engine: Engine, count: Int) throws {
    let script = try #require(Script.all.first)
    try expectSameBits(script, engine, count, Float.self)
    try expectSameBits(script, engine, count, Double.self)
  }

  @Test(arguments: Script.storages.map(\.name), [1, 3, 40])
  func `go on so with moments in fewer bits`(
    storage: String, count: Int
  ) throws {
    try expectSameBits(.stored(as: storage), .fused, count, Float.self)
  }

  private func expectSameBits<Scalar: TestScalar>(
    _ script: Script, _ engine: Engine, _ count: Int, _: Scalar.Type
  ) throws {
    let folder = try TemporaryFolder()
    var whole = try Training<Scalar>(script, .init(engine: engine, threads: 1))
    for call in 0..<20 { try whole.call(call) }
    let layout = whole.optimizer.layout
    var parameters: [Scalar] = []
    var moments = layout.groups.map { _ in [[], [], []] as [[Scalar]] }
    for (index, shard) in layout.shards(count, of: Scalar.self).enumerated() {
      let path = folder.file("\(index)")
      var optimizer = try AdEMAMix<Scalar>(
        layout, shard: shard, engine: engine, threads: 1)
      var part = Array(Scalar.numbers.suffix(layout.count)[offset: shard])
      for call in 0..<20 {
        if call == 9 {
          try optimizer.save(to: path, parameters: part)
          let checkpoint = try Checkpoint<Scalar>(path)
          #expect(checkpoint.shard == shard)
          optimizer = try checkpoint.optimizer(engine: engine, threads: 1)
          part = try checkpoint.parameters()
        }
        try ShardedRun.step(&optimizer, &part, call: call)
      }
      parameters += part
      for (group, part) in optimizer.moments().enumerated() {
        moments[group][0] += part.fast
        moments[group][1] += part.slow
        moments[group][2] += part.second
      }
    }
    let areParametersEqual = bytes(parameters) == bytes(whole.parameters)
    #expect(areParametersEqual)
    let areMomentsEqual =
      moments
      == whole.optimizer.moments().map { [$0.fast, $0.slow, $0.second] }
    #expect(areMomentsEqual)
  }
}
