//===--- FixtureTests.swift - files of every version open in this one -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import Foundation
import SafeTensors
import TestSupport
import Testing

// The files in Fixtures were written by the version they are named after, and
// are never written anew: a later version adds its own beside them, written by
//
//     ADEMAMIX_FIXTURES=folder swift test --filter FixtureTests
//
// Those of revision 2 say which engine made the steps, and that they are
// finite.

/// Whether averages get the last bits that the files have: those of OpenBLAS's
/// kernels for Haswell, which Zen has too. `scripts/test` asks for them.
private let hasBitsOfFiles = ["Haswell", "Zen"].contains(
  BLASBuild.current.core)

@Suite(.enabled(if: hasBitsOfFiles)) struct `A file of any version` {
  @Test(arguments: FloatFixture.allCases, ["", revision])
  func `opens, and goes on as the run that wrote it, as Float`(
    name: FloatFixture, revision: String
  ) throws {
    try check(fixture(name.rawValue + revision), name.run(steps: 50)) {
      try name.run(steps: $0)
    }
  }

  @Test(arguments: ["", revision])
  func `opens, and goes on as the run that wrote it, as Double`(
    revision: String
  ) throws {
    try check(
      fixture("version-1-double" + revision), FixtureRun.double(steps: 50)
    ) { try FixtureRun.double(steps: $0) }
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

  private static let revision = "-revision-2"

  /// Expects the file of this revision, and that of the first, to the byte,
  /// once what it did not have is taken away.
  private func expectSameFile(
    _ name: String, save: (_ path: String) throws -> Void
  ) throws {
    let temporary = try TemporaryFolder()
    let folder =
      ProcessInfo.processInfo.environment["ADEMAMIX_FIXTURES"] ?? temporary.path
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    let path = "\(folder)/\(name)\(Self.revision).safetensors"
    try save(path)
    let written = try content(of: path)
    let committed = try content(of: fixture(name + Self.revision))
    #expect(written == committed)

    let first = temporary.file("first")
    try writeFirstRevision(of: path, to: first)
    let withoutAdditions = try content(of: first)
    let committedFirst = try content(of: fixture(name))
    #expect(withoutAdditions == committedFirst)
  }

  private func writeFirstRevision(of path: String, to first: String) throws {
    let source = try SafeTensorsReader(path: path)
    var metadata = source.metadata
    #expect(metadata["ademamix.engine"] == "fused")
    metadata["ademamix.engine"] = nil
    #expect(metadata["ademamix.finite"] == "1")
    metadata["ademamix.finite"] = nil
    var file = try SafeTensorsWriter(
      path: first,
      tensors: source.tensors, metadata: metadata)
    for tensor in source.tensors {
      var bytes = [UInt8](repeating: 0, count: try tensor.byteCount())
      var span = bytes.mutableSpan
      try unsafe source.read(tensor.name, into: span.mutableBytes)
      try unsafe file.append(bytes.span.bytes, to: tensor.name)
    }
    try file.finish()
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
    #expect(run.optimizer.copyMoments() == expected.optimizer.copyMoments())
    #expect(run.average.decay == expected.average.decay)
    for call in 50..<100 { try run.step(call) }
    let whole = try whole(100)
    #expect(run.parameters == whole.parameters)
    #expect(run.optimizer.stepCount == whole.optimizer.stepCount)
    #expect(run.optimizer.skippedStepCount == whole.optimizer.skippedStepCount)
    #expect(run.optimizer.copyMoments() == whole.optimizer.copyMoments())
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
