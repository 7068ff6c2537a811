//===--- EngineTests.swift - which engine made the steps of a file --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import SafeTensors
import TestSupport
import Testing

@Suite struct `The engine of a file` {
  @Test(arguments: StepEngine.allCases)
  func `is the one that goes on, with the same bits`(engine: StepEngine) throws
  {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    let scenario = Scenario.named("plain").computed(engine: engine)
    var whole = try ScenarioRun<Float>(scenario)
    try whole.apply(calls: 0..<9)
    try whole.save(to: path)
    let checkpoint = try Checkpoint<Float>(path)
    #expect(checkpoint.engine == engine)
    #expect(try checkpoint.optimizer().engine == engine)
    var resumed = try ScenarioRun<Float>(resuming: path, scenario)
    try resumed.apply(calls: 9..<40)
    try whole.apply(calls: 9..<40)
    let areEqual = bytes(resumed.parameters) == bytes(whole.parameters)
    #expect(areEqual)
    // Another, where it is asked for.
    #expect(try checkpoint.optimizer(engine: .reference).engine == .reference)
  }

  @Test func `is that of the first shard`() throws {
    let folder = try TemporaryFolder()
    _ = try ShardedRun<Float>(
      .named("plain").computed(engine: .fused), count: 2, in: folder.path)
    let checkpoint = try Checkpoint<Float>(folder.path)
    #expect(checkpoint.engine == .fused)
    #expect(try checkpoint.optimizer().engine == .fused)
  }

  @Test func `is not taken where it does not work on the moments`() throws {
    let folder = try TemporaryFolder()
    var settings = SmallSettings()
    settings.group.storage = .compact
    // An engine may be set that the next step refuses.
    settings.engine = .blas
    try settings.run().save(to: folder.file("f"))
    let checkpoint = try Checkpoint<Float>(folder.file("f"))
    #expect(checkpoint.engine == .blas)
    #expect(try checkpoint.optimizer().engine == .fused)
  }

  @Test func `is blas where a file does not say, and must be one`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    var file = try AlteredFile(path)
    #expect(file.metadata["ademamix.engine"] == "blas")
    file.metadata["ademamix.engine"] = nil
    try file.write(to: path)
    #expect(try Checkpoint<Float>(path).engine == nil)
    #expect(try Checkpoint<Float>(path).optimizer().engine == .blas)
    var run = try smallRun()
    run.engine = .fused
    #expect(try run.load(from: path).differences == [])
    file.metadata["ademamix.engine"] = "steam"
    try file.write(to: path)
    #expect(
      thrownError { () throws(CheckpointError) in
        _ = try Checkpoint<Float>(path)
      }
        == .malformedRecord("'steam' is no engine", key: "ademamix.engine"))
  }

  @Test func `comes with the OpenBLAS that its bits depend on`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    var file = try AlteredFile(path)
    let own = BLASBuild.current
    #expect(file.metadata["ademamix.openblas.core"] == own.core)
    #expect(file.metadata["ademamix.openblas.version"] == own.version)
    #expect(!own.core.isEmpty && own.version.contains("."))
    var run = try smallRun()
    #expect(try run.load(from: path).differences == [])

    file.metadata["ademamix.openblas.core"] = "Abacus"
    try file.write(to: path)
    #expect(
      try run.load(from: path).differences.map(\.description) == [
        "OpenBLAS: OpenBLAS \(own.version) on Abacus in the file, \(own) in the "
          + "code, which is kept"
      ])
    // Nothing else depends on it.
    run.engine = .fused
    #expect(
      try run.load(from: path).differences.map(\.description) == [
        "engine: blas in the file, fused in the code, which is kept"
      ])
    try SmallSettings().run().save(to: path)
    #expect(
      try SafeTensorsReader(path: path).metadata.filter {
        $0.contains("openblas")
      }.map(\.key)
        == [])
  }
}
