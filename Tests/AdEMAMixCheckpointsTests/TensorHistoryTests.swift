//===--- TensorHistoryTests.swift - steps that left tensors alone ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import SafeTensors
import TestSupport
import Testing

@Suite struct `A run whose steps leave tensors alone` {
  private static let sizes = [300, 700, 5]

  private static func optimizer(
    shard: Range<Int>? = nil
  ) throws -> AdEMAMix<Float> {
    let layout = try ParameterLayout([
      ParameterGroup(
        "a", sizes: sizes,
        Hyperparameters(learningRate: 1e-2).warmingUp(over: 20))
    ])
    var options = StepOptions()
    options.allowsMissingGradients = true
    options.accumulation = .mean(over: 2)
    return try AdEMAMix<Float>(
      layout, shard: shard, engine: .fused, options: options)
  }

  /// A micro-batch: the gradients, and the tensors that have none.
  private static func batch(
    _ index: Int
  ) -> (gradients: [Float], missing: [String], weight: Double) {
    var random = RandomNumbers(seed: UInt64(index))
    let gradients: [Float] = random.numbers(sizes.reduce(0, +))
    let missing = sizes.indices.filter { (index / 2 + $0) % 3 == 0 }
    return (
      gradients, missing.map { "a.\($0)" }, Double(1 + index % 4)
    )
  }

  private static func run(
    _ optimizer: inout AdEMAMix<Float>, _ parameters: inout [Float],
    batches: Range<Int>
  ) throws {
    for index in batches {
      let (gradients, missing, weight) = batch(index)
      try optimizer.step(
        &parameters, gradients: Array(gradients[optimizer.shard]),
        weight: weight, leaving: missing)
    }
  }

  @Test(arguments: [6, 7, 9])
  func `is resumed with the same bits, also between micro-batches`(
    stop: Int
  ) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    var optimizer = try Self.optimizer()
    var parameters = [Float](repeating: 1, count: 1_005)
    try Self.run(&optimizer, &parameters, batches: 0..<stop)
    try optimizer.save(to: path, parameters: parameters)
    let checkpoint = try Checkpoint<Float>(path)
    var resumed = try checkpoint.optimizer()
    var loaded = try Self.optimizer()
    var (others, thirds) = (try checkpoint.parameters(), parameters)
    let difference = try loaded.load(from: path, parameters: &thirds)
    #expect(difference.differences.isEmpty)
    try Self.run(&optimizer, &parameters, batches: stop..<20)
    try Self.run(&resumed, &others, batches: stop..<20)
    try Self.run(&loaded, &thirds, batches: stop..<20)
    #expect(others == parameters)
    #expect(thirds == parameters)
    #expect(resumed.copyMoments() == optimizer.copyMoments())
    let version = try SafeTensorsReader(path: path).metadata["ademamix.version"]
    #expect(version == "3")
  }

  @Test func `is resumed on other shards with the same bits`() throws {
    let folder = try TemporaryFolder()
    var whole = try Self.optimizer()
    var parameters = [Float](repeating: 1, count: 1_005)
    try Self.run(&whole, &parameters, batches: 0..<7)
    var files: [ShardIndex.File] = []
    let shards = whole.layout.shards(3, of: Float.self)
    for (index, shard) in shards.enumerated() {
      var part = try Self.optimizer(shard: shard)
      var own = [Float](repeating: 1, count: shard.count)
      try Self.run(&part, &own, batches: 0..<7)
      #expect(own == Array(parameters[shard]))
      let name = "shard-\(index).safetensors"
      try part.save(to: folder.file(name), parameters: own)
      files.append(ShardIndex.File(name: name, elements: shard))
    }
    try ShardIndex(step: whole.stepCount, files: files).write(in: folder.path)
    let checkpoint = try Checkpoint<Float>(folder.path)
    try Self.run(&whole, &parameters, batches: 7..<15)
    for shard in whole.layout.shards(2, of: Float.self) + [0..<1_005] {
      var part = try checkpoint.optimizer(shard: shard)
      var own = try checkpoint.parameters(of: shard)
      try Self.run(&part, &own, batches: 7..<15)
      #expect(own == Array(parameters[shard]))
    }
  }

  @Test func `writes a file of version 1 as long as none is left alone`() throws
  {
    let folder = try TemporaryFolder()
    var optimizer = try Self.optimizer()
    var parameters = [Float](repeating: 1, count: 1_005)
    let gradients = parameters
    try optimizer.step(&parameters, gradients: gradients)
    func version() throws -> String? {
      try optimizer.save(to: folder.file("f"))
      return try SafeTensorsReader(path: folder.file("f"))
        .metadata["ademamix.version"]
    }
    #expect(try version() == "3")
    optimizer.options.allowsMissingGradients = false
    #expect(try version() == "1")
    optimizer.discardAccumulatedGradients()
    try optimizer.step(&parameters, gradients: gradients, weight: 2)
    #expect(try version() == "3")
    try optimizer.step(&parameters, gradients: gradients)
    #expect(try version() == "1")
    try optimizer.step(&parameters, gradients: gradients)
    try optimizer.step(
      &parameters, gradients: gradients,
      leaving: [optimizer.layout.tensors[1].name])
    #expect(try version() == "1")
  }
}
