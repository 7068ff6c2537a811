//===--- PeriodicFailureTests.swift - saves that fail, and those under way ===//
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

@Suite struct `A save` {
  @Test(arguments: [false, true])
  func `that fails is an error, and the next one works`(
    inBackground: Bool
  ) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run")
    var run = try PeriodicRun(
      in: path, keepingLast: 2, inBackground: inBackground)
    try run.train(to: 19)
    try FileManager.default.removeItem(atPath: path)
    let expected = CheckpointError.file(
      .file(FileError(.open, path + "/", code: ENOENT)))
    #expect(throws: expected) { try run.train(to: 20) }
    #expect(run.optimizer.stepCount == 20)
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: false)
    try run.train(to: 60)
    #expect(run.saves.suffix(4) == [30, 40, 50, 60])
    let names = try FileManager.default.contentsOfDirectory(atPath: path)
    #expect(names.sorted() == [50, 60].map(fileName))
  }

  @Test func `that failed in the background is thrown at the next call`() throws
  {
    let folder = try TemporaryFolder()
    let path = folder.file("run")
    var run = try PeriodicRun(in: path, inBackground: true)
    try run.train(to: 9)
    try FileManager.default.removeItem(atPath: path)
    try run.optimizer.step(&run.parameters, gradients: run.parameters)
    let hasBegun = try run.checkpoints.saveIfDue(
      run.optimizer, parameters: run.parameters)
    #expect(hasBegun)
    var error: CheckpointError?
    for _ in 0..<2000 where error == nil {
      usleep(5_000)
      error = thrownError { () throws(CheckpointError) in
        let hasBegun = try run.checkpoints.saveIfDue(
          run.optimizer, parameters: run.parameters)
        #expect(!hasBegun)
      }
    }
    #expect(error == .file(.file(FileError(.open, path + "/", code: ENOENT))))
    // Once.
    try run.checkpoints.finish()
  }

  @Test func `asked for now is made, though an earlier one failed`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run")
    var run = try PeriodicRun(in: path, inBackground: true)
    try run.train(to: 9)
    try FileManager.default.removeItem(atPath: path)
    try run.optimizer.step(&run.parameters, gradients: run.parameters)
    try run.checkpoints.saveIfDue(run.optimizer, parameters: run.parameters)
    while run.checkpoints.isSaving { usleep(1_000) }
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: false)
    #expect(
      throws: CheckpointError.file(
        .file(FileError(.open, path + "/", code: ENOENT)))
    ) { try run.checkpoints.save(run.optimizer, parameters: run.parameters) }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: path)
        == [fileName(10)])
  }

  @Test(
    .enabled(if: SmallDisk.mayBeMounted, "mounting a file system needs root"),
    arguments: [false, true])
  func `that finds the disk full leaves what is there`(
    inBackground: Bool
  ) throws {
    guard let disk = try SmallDisk(kibibytes: 1024) else {
      try Test.cancel("tmpfs cannot be mounted here")
    }
    let path = disk.path
    // 200 kB each.
    var run = try PeriodicRun(
      in: path, keepingLast: 2, inBackground: inBackground, count: 10_000)
    try run.train(to: 25)
    let expected = try content(of: "\(path)/\(fileName(20))")
    try write([UInt8](repeating: 1, count: 500_000), to: "\(path)/filler")
    for step in [30, 40] {
      let file = "\(path)/\(fileName(step))"
      #expect(
        throws: CheckpointError.file(
          .file(FileError(.reserve, file, code: ENOSPC)))
      ) { try run.train(to: step) }
      let names = try FileManager.default.contentsOfDirectory(atPath: path)
      #expect(
        names.sorted() == ["filler", fileName(10), fileName(20)].sorted())
      let isEqual = try content(of: "\(path)/\(fileName(20))") == expected
      #expect(isEqual)
    }
    var other = try PeriodicRun(in: path, count: 10_000)
    #expect(try other.resume()?.metadata == ["step": "20"])
    try FileManager.default.removeItem(atPath: "\(path)/filler")
    try run.train(to: 50)
    let names = try FileManager.default.contentsOfDirectory(atPath: path)
    #expect(names.sorted() == [20, 50].map(fileName))
  }

  /// A file with such a key could never be opened.
  @Test(arguments: [false, true])
  func `of metadata that no reader takes leaves what is there`(
    inBackground: Bool
  ) throws {
    let folder = try TemporaryFolder()
    var run = try PeriodicRun(
      in: folder.path, keepingLast: 1, inBackground: inBackground)
    try run.train(to: 10)
    let key = "e" + String(repeating: "\u{301}", count: 31)
    let expected = CheckpointError.unreadableMetadata(
      .fault(
        .combiningMarks(key: key, limit: 30),
        path: folder.path + "/" + fileName(20)))
    try run.train(to: 19)
    try run.optimizer.step(&run.parameters, gradients: run.parameters)
    #expect(throws: expected) {
      try run.checkpoints.saveIfDue(
        run.optimizer, parameters: run.parameters, metadata: [key: "x"])
      try run.checkpoints.finish()
    }
    #expect(try folder.names() == [fileName(10)])
    #expect(try run.resume()?.stepCount == 10)
    // One mark fewer is a key like any other.
    let longest = "e" + String(repeating: "\u{301}", count: 30)
    try run.checkpoints.save(
      run.optimizer, parameters: run.parameters, average: run.average,
      metadata: [longest: "x"])
    #expect(try run.resume()?.metadata == [longest: "x"])
  }

  /// Writing takes so long that the training changes all that is written.
  @Test func `is of the moment it was begun`() throws {
    let folder = try TemporaryFolder()
    let count = 2 << 20
    var run = try PeriodicRun(
      in: folder.path, every: 1, keepingLast: 9, inBackground: true,
      count: count)
    let gradients = [Float](repeating: 0.5, count: count)
    try run.optimizer.step(&run.parameters, gradients: gradients)
    try run.average.update(with: run.parameters)
    let expected = try run.state()
    #expect(
      try run.checkpoints.saveIfDue(
        run.optimizer, parameters: run.parameters, average: run.average))
    // Not while the first is under way, though due.
    var putOffCount = 0
    for _ in 0..<3 {
      try run.optimizer.step(&run.parameters, gradients: gradients)
      try run.average.update(with: run.parameters)
      for index in run.parameters.indices { run.parameters[index] = -1 }
      let hasBegun = try run.checkpoints.saveIfDue(
        run.optimizer, parameters: run.parameters, average: run.average)
      if !hasBegun { putOffCount += 1 }
    }
    try run.checkpoints.finish()
    var other = try PeriodicRun(in: folder.path, count: count)
    try other.optimizer.load(
      from: folder.file(fileName(1)), parameters: &other.parameters,
      average: &other.average)
    let isEqual = try other.state() == expected
    #expect(isEqual)
    #expect(try folder.names().count == 4 - putOffCount)
  }

  @Test func `under way is waited for at the end`() throws {
    let folder = try TemporaryFolder()
    do {
      var run = try PeriodicRun(
        in: folder.path, every: 1, inBackground: true, count: 2 << 20)
      try run.optimizer.step(&run.parameters, gradients: run.parameters)
      let hasBegun = try run.checkpoints.saveIfDue(
        run.optimizer, parameters: run.parameters)
      #expect(hasBegun)
    }
    #expect(try folder.names() == [fileName(1)])
    let checkpoint = try Checkpoint<Float>(folder.file(fileName(1)))
    _ = try checkpoint.optimizer()
  }
}
