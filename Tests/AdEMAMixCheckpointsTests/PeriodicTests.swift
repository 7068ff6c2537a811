//===--- PeriodicTests.swift - when a run is saved, and what is kept ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import SafeTensors
import TestSupport
import Testing

@Suite struct `A run with checkpoints` {
  @Test(arguments: [false, true])
  func `is saved at the multiples, and keeps the last`(
    inBackground: Bool
  ) throws {
    let folder = try TemporaryFolder()
    var run = try PeriodicRun(
      in: folder.file("a/b"), every: 7, keepingLast: 2,
      inBackground: inBackground)
    try run.train(to: 6)
    #expect(try names(in: folder.file("a/b")) == [])
    try run.train(to: 30)
    // Not again at a step that has been saved.
    try run.save()
    #expect(run.saves == [7, 14, 21, 28])
    #expect(try names(in: folder.file("a/b")) == [21, 28].map(fileName))
    #expect(run.checkpoints.path == folder.file("a/b"))
    #expect(run.checkpoints.interval == 7)
    #expect(run.checkpoints.keptCount == 2)
  }

  @Test func `accumulates without being saved`() throws {
    let folder = try TemporaryFolder()
    var run = try PeriodicRun(in: folder.path, every: 2)
    run.optimizer.options.accumulation = .mean(over: 3)
    try run.train(to: 5)
    #expect(run.saves == [2, 4])
  }

  @Test func `gives the same files in the background`() throws {
    let folder = try TemporaryFolder()
    for (name, inBackground) in [("place", false), ("background", true)] {
      var run = try PeriodicRun(
        in: folder.file(name), inBackground: inBackground)
      try run.train(to: 30)
    }
    for step in [10, 20, 30] {
      let isEqual =
        try content(of: folder.file("place/\(fileName(step))"))
        == content(of: folder.file("background/\(fileName(step))"))
      #expect(isEqual, "step \(step)")
    }
  }

  @Test(arguments: [false, true])
  func `may be saved at once`(inBackground: Bool) throws {
    let folder = try TemporaryFolder()
    var run = try PeriodicRun(in: folder.path, inBackground: inBackground)
    try run.train(to: 13)
    try run.checkpoints.save(
      run.optimizer, parameters: run.parameters, average: run.average)
    #expect(try folder.names() == [10, 13].map(fileName))
    try run.checkpoints.save(run.optimizer, parameters: run.parameters)
    #expect(
      try Checkpoint<Float>(folder.file(fileName(13))).hasAverage == false)
    // The next is where it was.
    try run.train(to: 20)
    #expect(run.saves == [10, 20])
  }

  @Test func `leaves alone what is not its own`() throws {
    let folder = try TemporaryFolder()
    let others = [
      "step-1.safetensors", "step-0000000001.safetensors", "step-.safetensors",
      "step-000000001", "step-00000000a.safetensors", "x", ".hidden",
      "step-00000-001.safetensors", "step-+00000001.safetensors",
    ]
    for name in others { try write([1], to: folder.file(name)) }
    var run = try PeriodicRun(in: folder.path, every: 1, keepingLast: 1)
    #expect(try run.resume() == nil)
    try run.train(to: 3)
    #expect(try folder.names() == (others + [fileName(3)]).sorted())
  }

  @Test func `neither counts nor removes later ones`() throws {
    let folder = try TemporaryFolder()
    var old = try PeriodicRun(in: folder.path)
    try old.train(to: 50)
    var run = try PeriodicRun(in: folder.path, keepingLast: 1)
    try run.train(to: 30)
    #expect(try folder.names() == [30, 40, 50].map(fileName))
  }

  @Test func `is saved again when it has gone back by hand`() throws {
    let folder = try TemporaryFolder()
    var run = try PeriodicRun(in: folder.path)
    try run.train(to: 30)
    try run.optimizer.load(from: folder.file(fileName(10)))
    try run.train(to: 25)
    // At once, since what was saved last is of a later step.
    #expect(run.saves == [10, 20, 30, 11, 20])
  }

  @Test func `needs steps, and one to keep`() throws {
    let folder = try TemporaryFolder()
    for interval in [0, -1, .min] {
      #expect(
        thrownError { () throws(CheckpointError) in
          _ = try CheckpointManager<Float>(in: folder.path, every: interval)
        } == .interval(interval))
    }
    #expect(
      thrownError { () throws(CheckpointError) in
        _ = try CheckpointManager<Float>(
          in: folder.path, every: 1, keepingLast: 0)
      } == .keptCount(0))
    try write([1], to: folder.file("f"))
    #expect(
      thrownError { () throws(CheckpointError) in
        _ = try CheckpointManager<Float>(in: folder.file("f"), every: 1)
      } == .file(.file(FileError(.open, folder.file("f"), code: 20))))
  }

  @Test func `removes what killed processes left, and nothing in use`() throws {
    let folder = try TemporaryFolder()
    try write([1, 2, 3], to: folder.file(".safetensors-left"))
    let inUse = try AtomicFile(replacing: folder.file("x"), isNamed: true)
    let name = try #require(
      try folder.names().first { $0 != ".safetensors-left" })
    let run = try PeriodicRun(in: folder.path)
    #expect(try folder.names() == [name])
    try inUse.commit()
    #expect(try folder.names() == ["x"])
    #expect(run.saves == [])
  }

  private func names(in path: String) throws -> [String] {
    try Folder(making: path).names().filter { !$0.hasPrefix(".") }.sorted()
  }
}
