//===--- NonFiniteTests.swift - runs that have come to NaN ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import SafeTensors
import TestSupport
import Testing

@Suite struct `A run that has come to NaN` {
  @Test(arguments: [false, true])
  func `keeps its last finite checkpoint, and goes on from it`(
    inBackground: Bool
  ) throws {
    let folder = try TemporaryFolder()
    let path = { folder.path + "/" + fileName($0) }
    var run = try PeriodicRun(
      in: folder.path, keepingLast: 2, inBackground: inBackground)
    try run.train(to: 34)
    run.parameters[500] = .nan
    try run.train(to: 90)
    #expect(try folder.names() == [30, 80, 90].map(fileName))

    var other = try PeriodicRun(
      in: folder.path, keepingLast: 2, inBackground: inBackground)
    let resumed = try #require(try other.resume())
    #expect(resumed.path == path(30))
    #expect(resumed.stepCount == 30)
    #expect(resumed.isFinite == true)
    #expect(resumed.nonFinite == [path(90), path(80)])
    #expect(resumed.damaged == [])
    // The others are then those of a run that was left.
    try other.train(to: 50)
    #expect(try folder.names() == [40, 50, 80, 90].map(fileName))
    #expect(try other.resume()?.path == path(50))
  }

  @Test func `goes on from the newest where none is finite`() throws {
    let folder = try TemporaryFolder()
    var run = try PeriodicRun(in: folder.path, keepingLast: 2)
    run.parameters[0] = .infinity
    try run.train(to: 40)
    #expect(try folder.names() == [30, 40].map(fileName))
    var other = try PeriodicRun(in: folder.path)
    let resumed = try #require(try other.resume())
    #expect(resumed.path == folder.path + "/" + fileName(40))
    #expect(resumed.isFinite == false)
    #expect(resumed.nonFinite == [])
    #expect(other.parameters[0].isNaN)
  }

  @Test func `counts no damaged checkpoint as finite`() throws {
    let folder = try TemporaryFolder()
    var run = try PeriodicRun(in: folder.path, keepingLast: 1)
    try run.train(to: 20)
    let good = try content(of: folder.file(fileName(20)))
    run.parameters[0] = .nan
    try run.train(to: 30)
    try write(good, to: folder.file(fileName(25)))
    try damage(folder.file(fileName(25))) { $0[30] ^= 1 }
    try run.train(to: 40)
    #expect(try folder.names() == [20, 40].map(fileName))
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func `says so, wherever the number is`(number: Float) throws {
    for storage in [MomentStorage.full] + Scenario.storages.map(\.1) {
      var settings = SmallSettings()
      settings.group.storage = storage
      #expect(try isFinite(settings) { try $0.step() } == true)
      for index in 0..<4 {
        #expect(
          try isFinite(settings) { $0.parameters[index] = number } == false)
        var gradients: [Float] = [1, 2, 3, 4]
        gradients[index] = number
        // The moments alone.
        #expect(
          try isFinite(settings) {
            let parameters = $0.parameters
            try $0.step(gradients)
            try $0.replace(parameters)
          } == false, "\(storage)")
      }
    }
    #expect(
      try isFinite(SmallSettings()) {
        try $0.average.update(with: [1, number, 3, 4])
      } == false)
  }

  @Test func `says so of gradients that have accumulated, if a step uses them`()
    throws
  {
    var settings = SmallSettings(accumulation: .mean(over: 2))
    settings.options.clipping = .value(1)
    let infinite: [Float] = [.infinity, 1, 1, 1]
    #expect(try isFinite(settings) { try $0.step(infinite) } == false)
    // Clipped, what they were is gone.
    #expect(
      try isFinite(settings) {
        try $0.step(infinite)
        try $0.step([1, 1, 1, 1])
      } == true)
  }

  @Test func `does not say so of a frozen group`() throws {
    var settings = SmallSettings()
    settings.group.isFrozen = true
    #expect(
      try isFinite(settings) { $0.parameters[0] = -.infinity } == true)
  }

  @Test func `says so in Double`() throws {
    let folder = try TemporaryFolder()
    let optimizer = try AdEMAMix<Double>([
      ParameterGroup("a", sizes: [3], Hyperparameters(learningRate: 1))
    ])
    for (number, expected) in [
      (1, true), (.greatestFiniteMagnitude, true), (-.nan, false),
      (-.infinity, false),
    ] as [(Double, Bool)] {
      try optimizer.save(
        to: folder.file("f"), parameters: [1, number, 2])
      #expect(
        try Checkpoint<Double>(folder.file("f")).isFinite == expected)
    }
  }

  @Test func `is not told by a file of another program`() throws {
    let folder = try TemporaryFolder()
    var file = try AlteredFile(folder.file("f"))
    #expect(file.metadata["ademamix.finite"] == "1")
    file.metadata["ademamix.finite"] = nil
    try file.write(to: folder.file("f"))
    #expect(try Checkpoint<Float>(folder.file("f")).isFinite == nil)
    file.metadata["ademamix.finite"] = "yes"
    try file.write(to: folder.file("f"))
    #expect(
      thrownError { () throws(CheckpointError) in
        _ = try Checkpoint<Float>(folder.file("f"))
      }
        == .malformedRecord(
          "'yes' is neither 0 nor 1", key: "ademamix.finite"))
  }

  @Test func `keeps the last that opens as a checkpoint`() throws {
    let folder = try TemporaryFolder()
    var run = try PeriodicRun(in: folder.path, keepingLast: 1)
    try run.train(to: 20)
    // A safetensors file, with nothing of a checkpoint.
    let file = try SafeTensorsWriter(
      path: folder.file(fileName(21)), tensors: [])
    try file.finish()
    run.parameters[3] = .nan
    try run.optimizer.step(&run.parameters, gradients: run.parameters)
    try run.optimizer.step(&run.parameters, gradients: run.parameters)
    try run.checkpoints.save(run.optimizer, parameters: run.parameters)
    #expect(try folder.names() == [20, 22].map(fileName))
  }

  @Test func `keeps its last finite shards`() throws {
    let folder = try TemporaryFolder()
    let shards = ShardFolder(folder.path)
    func save(step: Int, _ number: Float) throws -> String {
      let name = try shards.makeFolder(step: step)
      let layout = try ParameterLayout([
        ParameterGroup(
          "a", sizes: [4, 4], Hyperparameters(learningRate: 1))
      ])
      var files: [ShardIndex.File] = []
      for (index, shard) in [0..<4, 4..<8].enumerated() {
        var optimizer = try AdEMAMix<Float>(layout, shard: shard)
        var parameters: [Float] = [1, 2, 3, index == 1 ? number : 4]
        for _ in 0..<step {
          try optimizer.step(&parameters, gradients: parameters)
        }
        let file = ShardIndex.fileName(ofShard: index, of: 2)
        try optimizer.save(
          to: folder.file("\(name)/\(file)"), parameters: parameters)
        files.append(.init(name: file, elements: shard))
      }
      try ShardIndex(step: step, files: files).write(in: folder.file(name))
      try shards.clean(upTo: step, but: 2, newest: name)
      return name
    }
    #expect(try ShardedCheckpoints.newestPath(in: folder.path) == nil)
    var names = try (1...3).map { try save(step: $0, 4) }
    #expect(try folder.names() == [names[1], names[2]])
    names += try (4...6).map { try save(step: $0, .nan) }
    #expect(try folder.names() == [names[2], names[4], names[5]])
    let newest = try ShardedCheckpoints.newestPath(in: folder.path)
    #expect(newest == folder.path + "/" + names[2])
    #expect(
      try ShardedCheckpoints.paths(in: folder.path).first
        == folder.path + "/" + names[5])
    names.append(try save(step: 7, 4))
    #expect(try folder.names() == [names[5], names[6]])
  }

  private func isFinite(
    _ settings: SmallSettings, _ change: (inout SmallRun) throws -> Void
  ) throws -> Bool? {
    let folder = try TemporaryFolder()
    var run = try settings.run()
    try change(&run)
    try run.save(to: folder.file("f"))
    return try Checkpoint<Float>(folder.file("f")).isFinite
  }
}

extension SmallRun {
  /// Takes other parameters, and an average of them; the moments stay.
  fileprivate mutating func replace(_ parameters: [Float]) throws {
    self.parameters = parameters
    average = try ParameterAverage(of: parameters, decay: 0.9)
  }
}
