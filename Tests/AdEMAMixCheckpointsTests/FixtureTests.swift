//===--- FixtureTests.swift - files of every version open in this one -----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import Foundation
import TestSupport
import Testing

// The files in Fixtures were written by the version they are named after, and
// are never written anew: a later version adds its own beside them, written by
//
//     ADEMAMIX_FIXTURES=folder swift test --filter FixtureTests

@Suite struct `A file of any version` {
  @Test(arguments: FloatFixture.allCases)
  func `opens, and goes on as the run that wrote it, as Float`(
    name: FloatFixture
  ) throws {
    try check(fixture(name.rawValue), name.run(steps: 50)) {
      try name.run(steps: $0)
    }
  }

  @Test func `opens, and goes on as the run that wrote it, as Double`() throws {
    try check(fixture("version-1-double"), FixtureRun.double(steps: 50)) {
      try FixtureRun.double(steps: $0)
    }
  }

  /// As long as these versions are the ones that are written.
  @Test(arguments: FloatFixture.allCases)
  func `is what this version writes, as Float`(name: FloatFixture) throws {
    let run = try name.run(steps: 50)
    try expectSameFile(name.rawValue) { try run.save(to: $0) }
  }

  @Test func `is what this version writes, as Double`() throws {
    let run = try FixtureRun.double(steps: 50)
    try expectSameFile("version-1-double") { try run.save(to: $0) }
  }

  private func expectSameFile(
    _ name: String, save: (_ path: String) throws -> Void
  ) throws {
    let temporary = try TemporaryFolder()
    let folder =
      ProcessInfo.processInfo.environment["ADEMAMIX_FIXTURES"] ?? temporary.path
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    let path = "\(folder)/\(name).safetensors"
    try save(path)
    let written = FileManager.default.contents(atPath: path)
    let committed = try FileManager.default.contents(atPath: fixture(name))
    #expect(written != nil && written == committed)
  }

  private func check<Scalar: OptimizerScalar>(
    _ path: String, _ expected: consuming FixtureRun<Scalar>,
    whole: (Int) throws -> FixtureRun<Scalar>
  ) throws {
    let file = try Checkpoint<Scalar>(path)
    #expect(file.metadata == expected.metadata)
    var run = FixtureRun(
      optimizer: try file.optimizer(engine: .fused),
      parameters: try file.parameters(), average: try file.average())
    #expect(run.optimizer.layout == expected.optimizer.layout)
    #expect(run.optimizer.options == expected.optimizer.options)
    #expect(run.optimizer.clock == expected.optimizer.clock)
    #expect(run.optimizer.shard == expected.optimizer.shard)
    #expect(run.optimizer.moments() == expected.optimizer.moments())
    #expect(run.average.decay == expected.average.decay)
    for call in 50..<100 { try run.step(call) }
    let whole = try whole(100)
    #expect(run.parameters == whole.parameters)
    #expect(run.optimizer.stepCount == whole.optimizer.stepCount)
    #expect(run.optimizer.skippedStepCount == whole.optimizer.skippedStepCount)
    #expect(run.optimizer.moments() == whole.optimizer.moments())
    #expect(try run.average.values() == whole.average.values())
  }

  private func fixture(_ name: String) throws -> String {
    try #require(
      Bundle.module.url(
        forResource: name, withExtension: "safetensors",
        subdirectory: "Fixtures")
    ).path()
  }
}
