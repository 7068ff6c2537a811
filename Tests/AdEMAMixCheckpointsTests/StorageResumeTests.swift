//===--- StorageResumeTests.swift - moments in fewer bits, to the bit -----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
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

  @Test(arguments: Script.stored)
  func `goes on with the same bits`(script: Script) throws {
    for (_, first, second) in Script.storages {
      try expectSameBits(
        script.stored(first, second), Self.computations, Float.self)
    }
  }

  @Test(arguments: Script.storages.map(\.name))
  func `goes on in a clone, and on other threads`(storage: String) throws {
    let folder = try TemporaryFolder()
    let script = try Script.stored(as: storage)
    let expected = try outcome(
      of: Training<Float>(script, Self.computations[0]))
    var cloned = try Training<Float>(script, Self.computations[0])
    for call in 0..<22 { try cloned.call(call) }
    try cloned.save(to: folder.file("original"))
    cloned.optimizer = try cloned.optimizer.clone()
    try cloned.save(to: folder.file("clone"))
    let areFilesEqual =
      try content(of: folder.file("clone"))
      == content(of: folder.file("original"))
    #expect(areFilesEqual)
    cloned.compute(Self.computations[1])
    let isEqual = try outcome(of: cloned, from: 22) == expected
    #expect(isEqual)
  }

  @Test(arguments: Script.storages.map(\.name))
  func `has the same files in the background`(storage: String) throws {
    let folder = try TemporaryFolder()
    let script = try Script.stored(as: storage)
    for inBackground in [false, true] {
      var run = try Training<Float>(script, Self.computations[1])
      var checkpoints = try PeriodicCheckpoint<Float>(
        in: folder.file("\(inBackground)"), every: 10,
        inBackground: inBackground)
      for call in 0..<Script.callCount {
        try run.call(call)
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

  @Test func `is of version 2, and of version 1 where none are`() throws {
    let folder = try TemporaryFolder()
    func version(_ a: MomentStorage, _ b: MomentStorage) throws -> String? {
      let path = folder.file("f")
      try smallRun(SmallStorages(a: a, b: b)).save(to: path)
      return try SafeTensorsReader(path: path).metadata["ademamix.version"]
    }
    #expect(try version(.full, .full) == "1")
    #expect(try version(.full, MomentStorage(seed: 3)) == "1")
    #expect(try version(.compact, .full) == "2")
    #expect(try version(.full, MomentStorage(second: .bfloat16)) == "2")
  }
}
