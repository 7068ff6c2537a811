//===--- StorageLoadTests.swift - files of other formats of moments -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import SafeTensors
import TestSupport
import Testing

@Suite struct `A file of other formats of moments` {
  private func run(
    _ first: MomentStorage, _ second: MomentStorage, calls: Int = 0
  ) throws -> ScenarioRun<Float> {
    var run = try ScenarioRun<Float>(
      .named("plain").stored(first, second).computed(threads: 2))
    try run.apply(calls: 0..<calls)
    return run
  }

  @Test func `is refused unless it is to be converted`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file(fileName(10))
    try run(.compact, .minimal, calls: 10).save(to: path)
    func expect(
      _ first: MomentStorage, _ second: MomentStorage, _ error: CheckpointError
    ) throws {
      var run = try run(first, second, calls: 3)
      var checkpoints = try CheckpointManager<Float>(in: folder.path, every: 9)
      let state = try run.state()
      #expect(
        thrownError { () throws(CheckpointError) in
          try run.optimizer.load(
            from: path, parameters: &run.parameters,
            average: &run.average)
        } == error)
      #expect(
        thrownError { () throws(CheckpointError) in
          try run.optimizer.load(
            from: path, parameters: &run.parameters)
        } == error)
      #expect(
        thrownError { () throws(CheckpointError) in
          try run.optimizer.load(from: path)
        } == error)
      #expect(
        thrownError { () throws(CheckpointError) in
          _ = try checkpoints.resume(
            &run.optimizer, parameters: &run.parameters)
        } == .inFile(error, path: path))
      let isEqual = try run.state() == state
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
        + "bfloat16, blockFloat16, blockFloat16: they must be blockFloat8, "
        + "blockFloat16, blockFloat8, or be converted with "
        + "'keeping: .storage'")
  }

  /// As an optimizer that is loaded as it was stored, and then changed.
  @Test(arguments: Scenario.storages.indices, Scenario.storages.indices)
  func `is converted as groups are`(stored: Int, wanted: Int) throws {
    let folder = try TemporaryFolder()
    let path = folder.file(fileName(10))
    let (_, first, second) = Scenario.storages[stored]
    try run(first, second, calls: 10).save(to: path)
    let (_, firstWanted, secondWanted) = Scenario.storages[wanted]
    var expected = try run(first, second)
    try expected.optimizer.load(
      from: path, parameters: &expected.parameters, average: &expected.average)
    try expected.optimizer.updateGroup("first") { $0.storage = firstWanted }
    try expected.optimizer.updateGroup("second") { $0.storage = secondWanted }

    var loaded = try run(firstWanted, secondWanted, calls: 2)
    try loaded.optimizer.load(
      from: path, parameters: &loaded.parameters, average: &loaded.average,
      keeping: .storage)
    var resumed = try run(firstWanted, secondWanted, calls: 2)
    var checkpoints = try CheckpointManager<Float>(in: folder.path, every: 9)
    try checkpoints.resume(
      &resumed.optimizer, parameters: &resumed.parameters,
      average: &resumed.average, keeping: .storage)
    try expected.apply(calls: 10..<15)
    try loaded.apply(calls: 10..<15)
    try resumed.apply(calls: 10..<15)
    let state = try expected.state()
    let areEqual = try loaded.state() == state && resumed.state() == state
    #expect(areEqual)
    #expect(loaded.optimizer.engine == .fused)
    #expect(loaded.optimizer.threadSplit.threadCount == 2)
  }

  @Test func `is converted for any engine`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    let stored = try run(.compact, .minimal, calls: 10)
    try stored.save(to: path)
    var converted = try ScenarioRun<Float>(.named("plain"))
    try converted.optimizer.load(from: path, keeping: .storage)
    #expect(converted.optimizer.engine == .blas)
    #expect(
      converted.optimizer.layout.groups.allSatisfy { $0.storage == .full })
    // Floats have all that is stored in fewer bits.
    let areEqual =
      converted.optimizer.copyMoments() == stored.optimizer.copyMoments()
    #expect(areEqual)
    try converted.apply(.step(10))
  }

  @Test(arguments: [false, true])
  func `is not one of another seed, which is taken over`(
    isConverting: Bool
  ) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    var compact = MomentStorage.compact
    compact.seed = 5
    var whole = try run(compact, .full, calls: 10)
    try whole.save(to: path)
    var loaded = try run(.compact, .full, calls: 2)
    try loaded.optimizer.load(
      from: path, parameters: &loaded.parameters, average: &loaded.average,
      keeping: isConverting ? .storage : [])
    #expect(loaded.optimizer.layout.groups[0].storage == compact)
    try whole.apply(calls: 10..<15)
    try loaded.apply(calls: 10..<15)
    let isEqual = try loaded.state() == whole.state()
    #expect(isEqual)
  }

  /// A converted group rounds as the optimizer's own would.
  @Test func `gives way to the seed of what is converted`() throws {
    let folder = try TemporaryFolder()
    try run(.full, .full, calls: 5).save(to: folder.file("f"))
    var compact = MomentStorage.compact
    compact.seed = 5
    var loaded = try run(compact, .full)
    try loaded.optimizer.load(from: folder.file("f"), keeping: .storage)
    #expect(loaded.optimizer.layout.groups[0].storage == compact)
  }

  @Test func `needs no engine to be named`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    try run(.full, .minimal, calls: 5).save(to: path)
    #expect(try Checkpoint<Float>(path).optimizer().engine == .fused)
    for engine in [StepEngine.blas, .reference] {
      #expect(
        thrownError { () throws(CheckpointError) in
          _ = try Checkpoint<Float>(path).optimizer(engine: engine)
        }
          == .invalidState(.storageNeedsFusedEngine(engine, group: "second")))
    }
    try run(.full, .full, calls: 5).save(to: path)
    // That of the run, which no group needs.
    #expect(try Checkpoint<Float>(path).optimizer().engine == .fused)
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
    let moments = try Checkpoint<Float>(path).optimizer().copyMoments()
    #expect(moments[1].second[0] == 0 && moments[1].second[1].isNaN)
    #expect(moments[0].slow[0].isNaN && moments[0].slow[1] > 1.9)
  }
}
