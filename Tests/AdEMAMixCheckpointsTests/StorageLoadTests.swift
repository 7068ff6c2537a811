//===--- StorageLoadTests.swift - files of other formats of moments -------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import SafeTensors
import TestSupport
import Testing

@Suite struct `A file of other formats of moments` {
  private let fused = Computation(engine: .fused, threads: 2)

  private func training(
    _ first: MomentStorage, _ second: MomentStorage, calls: Int = 0
  ) throws -> Training<Float> {
    let script = try #require(Script.all.first)
    var training = try Training<Float>(script.stored(first, second), fused)
    for call in 0..<calls { try training.call(call) }
    return training
  }

  @Test func `is refused unless it is to be converted`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file(fileName(10))
    try training(.compact, .minimal, calls: 10).save(to: path)
    func expect(
      _ first: MomentStorage, _ second: MomentStorage, _ error: CheckpointError
    ) throws {
      var training = try training(first, second, calls: 3)
      var checkpoints = try PeriodicCheckpoint<Float>(in: folder.path, every: 9)
      let state = try training.state()
      #expect(
        thrownError { () throws(CheckpointError) in
          try training.optimizer.load(
            from: path, parameters: &training.parameters,
            average: &training.average)
        } == error)
      #expect(
        thrownError { () throws(CheckpointError) in
          try training.optimizer.load(
            from: path, parameters: &training.parameters)
        } == error)
      #expect(
        thrownError { () throws(CheckpointError) in
          try training.optimizer.load(from: path)
        } == error)
      #expect(
        thrownError { () throws(CheckpointError) in
          _ = try checkpoints.resume(
            &training.optimizer, parameters: &training.parameters)
        } == error)
      let isEqual = try training.state() == state
      #expect(isEqual)
    }
    try expect(
      .full, .full, .storage(.compact, expected: .full, group: "first"))
    try expect(
      .compact, .compact,
      .storage(.minimal, expected: .compact, group: "second"))
    let other = MomentStorage(
      fast: .bfloat16, slow: .blockInt16, second: .scalar)
    try expect(
      other, .minimal, .storage(.compact, expected: other, group: "first"))
    let error = CheckpointError.storage(
      .compact, expected: .minimal, group: "first")
    #expect(
      "\(error)" == "the checkpoint has the moments of group 'first' as "
        + "bfloat16, blockInt16, blockInt16: they must be blockInt8, "
        + "blockInt16, blockInt8, or be converted")
  }

  /// As an optimizer that is loaded as it was stored, and then changed.
  @Test(arguments: Script.storages.indices, Script.storages.indices)
  func `is converted as groups are`(stored: Int, wanted: Int) throws {
    let folder = try TemporaryFolder()
    let path = folder.file(fileName(10))
    let (_, first, second) = Script.storages[stored]
    try training(first, second, calls: 10).save(to: path)
    let (_, firstWanted, secondWanted) = Script.storages[wanted]
    var expected = try training(first, second)
    try expected.optimizer.load(
      from: path, parameters: &expected.parameters, average: &expected.average)
    try expected.optimizer.updateGroup("first") { $0.storage = firstWanted }
    try expected.optimizer.updateGroup("second") { $0.storage = secondWanted }

    var loaded = try training(firstWanted, secondWanted, calls: 2)
    try loaded.optimizer.load(
      from: path, parameters: &loaded.parameters, average: &loaded.average,
      convertingStorage: true)
    var resumed = try training(firstWanted, secondWanted, calls: 2)
    var checkpoints = try PeriodicCheckpoint<Float>(in: folder.path, every: 9)
    try checkpoints.resume(
      &resumed.optimizer, parameters: &resumed.parameters,
      average: &resumed.average, convertingStorage: true)
    for call in 10..<15 {
      try expected.call(call)
      try loaded.call(call)
      try resumed.call(call)
    }
    let state = try expected.state()
    let areEqual = try loaded.state() == state && resumed.state() == state
    #expect(areEqual)
    #expect(loaded.optimizer.engine == .fused)
    #expect(loaded.optimizer.splitting.threadCount == 2)
  }

  @Test func `is converted for any engine`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    let stored = try training(.compact, .minimal, calls: 10)
    try stored.save(to: path)
    var training = try Training<Float>(
      #require(Script.all.first), .init(engine: .blas, threads: 1))
    try training.optimizer.load(from: path, convertingStorage: true)
    #expect(training.optimizer.engine == .blas)
    #expect(training.optimizer.layout.groups.allSatisfy { $0.storage == .full })
    // Floats have all that is stored in fewer bits.
    let areEqual = training.optimizer.moments() == stored.optimizer.moments()
    #expect(areEqual)
    try training.call(10)
  }

  @Test(arguments: [false, true])
  func `is not one of another seed, which is taken over`(
    convertingStorage: Bool
  ) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    var compact = MomentStorage.compact
    compact.seed = 5
    var whole = try training(compact, .full, calls: 10)
    try whole.save(to: path)
    var loaded = try training(.compact, .full, calls: 2)
    try loaded.optimizer.load(
      from: path, parameters: &loaded.parameters, average: &loaded.average,
      convertingStorage: convertingStorage)
    #expect(loaded.optimizer.layout.groups[0].storage == compact)
    for call in 10..<15 {
      try whole.call(call)
      try loaded.call(call)
    }
    let isEqual = try loaded.state() == whole.state()
    #expect(isEqual)
  }

  /// A converted group rounds as the optimizer's own would.
  @Test func `gives way to the seed of what is converted`() throws {
    let folder = try TemporaryFolder()
    try training(.full, .full, calls: 5).save(to: folder.file("f"))
    var compact = MomentStorage.compact
    compact.seed = 5
    var loaded = try training(compact, .full)
    try loaded.optimizer.load(from: folder.file("f"), convertingStorage: true)
    #expect(loaded.optimizer.layout.groups[0].storage == compact)
  }

  @Test func `needs no engine to be named`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    try training(.full, .minimal, calls: 5).save(to: path)
    #expect(try AdEMAMix<Float>(checkpoint: path).engine == .fused)
    #expect(try Checkpoint<Float>(path).optimizer().engine == .fused)
    for engine in [Engine.blas, .reference] {
      #expect(
        thrownError { () throws(CheckpointError) in
          _ = try AdEMAMix<Float>(checkpoint: path, engine: engine)
        }
          == .invalidState(.storageNeedsFusedEngine(engine, group: "second")))
    }
    try training(.full, .full, calls: 5).save(to: path)
    #expect(try AdEMAMix<Float>(checkpoint: path).engine == .blas)
  }

  @Test func `is one of Double`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    var file = try AlteredFile(path, .stored)
    file.metadata["ademamix.scalar"] = "F64"
    try file.write(to: path)
    #expect(
      thrownError { () throws(CheckpointError) in
        _ = try Checkpoint<Double>(path)
      } == .invalidState(.storageNeedsFloat(group: "a")))
  }

  @Test func `may have elements that are not finite`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    var file = try AlteredFile(path, .stored)
    file.set("nu/b.0", codes: [BFloat16(-.zero), BFloat16(.nan)])
    file.set("m2.tops/w", [-2])
    file.set("m2/w", codes: [Int16.min, 32766])
    try file.write(to: path)
    let moments = try AdEMAMix<Float>(checkpoint: path).moments()
    #expect(moments[1].second[0] == 0 && moments[1].second[1].isNaN)
    #expect(moments[0].slow[0].isNaN && moments[0].slow[1] > 1.9)
  }
}
