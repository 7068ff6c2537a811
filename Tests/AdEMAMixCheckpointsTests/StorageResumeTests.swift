//===--- StorageResumeTests.swift - moments in fewer bits, to the bit -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import SafeTensors
import TestSupport
import Testing

@Suite struct `A run of moments in fewer bits` {
  private static let computations = [1, 3].map {
    Computation(engine: .fused, threads: $0)
  }

  @Test(arguments: Scenario.storedNames)
  func `goes on with the same bits`(name: String) throws {
    for (_, first, second) in Scenario.storages {
      try expectSameBits(
        .named(name).stored(first, second), Self.computations, Float.self)
    }
  }

  @Test(arguments: Scenario.storages.map(\.name))
  func `goes on in a clone, and on other threads`(storage: String) throws {
    let folder = try TemporaryFolder()
    let scenario = Scenario.stored(as: storage)
    let expected = try scenario.run(of: Float.self)
    var cloned = try ScenarioRun<Float>(scenario)
    try cloned.apply(calls: 0..<22)
    try cloned.save(to: folder.file("original"))
    cloned.optimizer = try cloned.optimizer.copy()
    try cloned.save(to: folder.file("clone"))
    let areFilesEqual =
      try content(of: folder.file("clone"))
      == content(of: folder.file("original"))
    #expect(areFilesEqual)
    cloned.compute(as: Self.computations[1])
    try cloned.apply(calls: 22..<48)
    let isEqual = try cloned.state() == expected.state()
    #expect(isEqual)
  }

  @Test(arguments: Scenario.storages.map(\.name))
  func `has the same files in the background`(storage: String) throws {
    let folder = try TemporaryFolder()
    let scenario = Scenario.stored(as: storage)
      .with(\.computation, Self.computations[1])
    for inBackground in [false, true] {
      var run = try ScenarioRun<Float>(scenario)
      var checkpoints = try CheckpointManager<Float>(
        in: folder.file("\(inBackground)"), every: 10,
        inBackground: inBackground)
      for call in 0..<48 {
        try run.apply(calls: call..<(call + 1))
        // Steps go on while it is being written.
        try checkpoints.saveIfDue(run.optimizer, parameters: run.parameters)
        if call % 10 == 8 { try checkpoints.finish() }
      }
      try checkpoints.finish()
    }
    for step in [20, 30, 40] {
      let isEqual =
        try content(of: folder.file("false/\(fileName(step))"))
        == content(of: folder.file("true/\(fileName(step))"))
      #expect(isEqual, "step \(step)")
    }
  }

  @Test func `is of the first version that has their formats`() throws {
    let folder = try TemporaryFolder()
    func version(_ a: MomentStorage, _ b: MomentStorage) throws -> String? {
      let path = folder.file("f")
      try smallRun(SmallStorages(a: a, b: b)).save(to: path)
      return try SafeTensorsReader(path: path).metadata["ademamix.version"]
    }
    #expect(try version(.full, .full) == "1")
    #expect(try version(.full, MomentStorage(seed: 3)) == "1")
    #expect(try version(.compactOfVersion2, .full) == "2")
    #expect(try version(.full, .minimalOfVersion2) == "2")
    for storage in [
      MomentStorage.compact, .minimal, MomentStorage(fast: .blockFloat8),
      MomentStorage(slow: .blockFloat16), MomentStorage(second: .blockFloat8),
    ] {
      #expect(try version(.full, storage) == "3")
    }
    #expect(try version(.full, MomentStorage(second: .bfloat16)) == "2")
  }
}
