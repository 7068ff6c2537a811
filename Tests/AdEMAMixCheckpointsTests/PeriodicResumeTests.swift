//===--- PeriodicResumeTests.swift - the newest checkpoint that is intact -===//
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

@Suite struct `A run that goes on` {
  @Test func `does so from the newest checkpoint, to the bit`() throws {
    let folder = try TemporaryFolder()
    var whole = try PeriodicRun(in: folder.file("whole"))
    try whole.train(to: 45)
    var first = try PeriodicRun(in: folder.file("f"))
    #expect(try first.resume() == nil)
    try first.train(to: 27)
    var second = try PeriodicRun(in: folder.file("f"))
    let resumed = try second.resume()
    #expect(resumed?.path == folder.file("f/\(fileName(20))"))
    #expect(resumed?.metadata == ["step": "20"])
    #expect(resumed?.damaged == [])
    #expect(second.optimizer.stepCount == 20)
    try second.train(to: 45)
    #expect(second.saves == [30, 40])
    let isEqual = try second.state() == whole.state()
    #expect(isEqual)
  }

  @Test func `needs no average`() throws {
    let folder = try TemporaryFolder()
    var run = try PeriodicRun(in: folder.path)
    try run.train(to: 20)
    var other = try PeriodicRun(in: folder.path)
    let old = other.average.record
    let resumed = try other.checkpoints.resume(
      &other.optimizer, parameters: &other.parameters)
    #expect(resumed?.metadata == ["step": "20"])
    #expect(other.average.record == old)
    #expect(other.parameters == run.parameters)
  }

  @Test func `passes over those that are damaged`() throws {
    let folder = try TemporaryFolder()
    var run = try PeriodicRun(in: folder.path, keepingLast: 9)
    try run.train(to: 70)
    let path = { folder.path + "/" + fileName($0) }
    try damage(path(70)) { $0[$0.count - 1] ^= 1 }
    try damage(path(60)) { $0[20] ^= 1 }
    try damage(path(50)) { $0.removeLast() }
    try damage(path(40)) { $0.removeLast($0.count - 100) }
    try damage(path(30)) { $0 = [] }
    var other = try PeriodicRun(in: folder.path, keepingLast: 9)
    let resumed = try #require(try other.resume())
    #expect(resumed.path == path(20))
    #expect(resumed.damaged.map(\.path) == [70, 60, 50, 40, 30].map(path))
    #expect(
      resumed.damaged.last
        == .file(.fault(.noHeader(fileByteCount: 0), path: path(30))))
    let newest = try #require(resumed.damaged.first)
    #expect(newest.code == .damaged)
    #expect(
      newest.description.contains("/all.0' is damaged: its checksum is"),
      "\(newest)")
    // The damaged file is replaced on the way.
    try other.train(to: 70)
    let isEqual = try other.state() == run.state()
    #expect(isEqual)
    var last = try PeriodicRun(in: folder.path, keepingLast: 9)
    #expect(try last.resume()?.path == path(70))
  }

  @Test func `passes over one that is cut, at every length`() throws {
    let folder = try TemporaryFolder()
    var run = try PeriodicRun(in: folder.path, count: 5)
    try run.train(to: 20)
    let newest = folder.file(fileName(20))
    let bytes = try content(of: newest)
    for count in bytes.indices {
      try write(Array(bytes.prefix(count)), to: newest)
      var other = try PeriodicRun(in: folder.path, count: 5)
      let resumed = try other.resume()
      #expect(resumed?.damaged.map(\.path) == [newest], "\(count) bytes")
      #expect(other.optimizer.stepCount == 10)
    }
  }

  @Test func `is an error where all are damaged`() throws {
    let folder = try TemporaryFolder()
    var run = try PeriodicRun(in: folder.path)
    try run.train(to: 30)
    for step in [10, 20, 30] {
      try damage(folder.file(fileName(step))) { $0.removeLast(step) }
    }
    var other = try PeriodicRun(in: folder.path)
    let old = try other.state()
    let error = thrownError { () throws(CheckpointError) in
      _ = try other.resume()
    }
    #expect(error?.code == .noneIntact)
    #expect(
      error?.damaged.map(\.path)
        == [30, 20, 10].map { folder.path + "/" + fileName($0) })
    #expect(try other.state() == old)
    #expect(try folder.names() == [10, 20, 30].map(fileName))
  }

  @Test func `is an error where an intact one does not fit`() throws {
    let folder = try TemporaryFolder()
    let path = { folder.path + "/" + fileName($0) }
    var run = try PeriodicRun(in: folder.path)
    try run.train(to: 30)
    var other = try PeriodicRun(in: folder.path, count: 999)
    #expect(
      thrownError { () throws(CheckpointError) in _ = try other.resume() }
        == .inFile(
          .shape([1000], expected: [999], tensor: "all.0"), path: path(30)))
    var same = try PeriodicRun(in: folder.path)
    #expect(try same.resume()?.stepCount == 30)
    try AlteredFile(folder.file("x")).write(to: folder.file("x"))
    let step = try Checkpoint<Float>(folder.file("x")).stepCount
    try write(content(of: folder.file("x")), to: path(step))
    for step in [10, 20, 30] {
      try FileManager.default.removeItem(atPath: path(step))
    }
    let error = thrownError { () throws(CheckpointError) in
      _ = try same.resume()
    }
    #expect(
      error
        == .inFile(.groups(["a", "b"], expected: ["all"]), path: path(step)))
    #expect(
      error?.description.hasPrefix("'\(path(step))': the checkpoint") == true)
    #expect(same.optimizer.stepCount == 30)
    // The arguments are at fault, and no file.
    var few: [Float] = [1]
    #expect(
      thrownError { () throws(CheckpointError) in
        try same.checkpoints.resume(&same.optimizer, parameters: &few)
      } == .parameterCount(1, expected: 1000))
  }

  @Test func `passes over a file with the name of another step`() throws {
    let folder = try TemporaryFolder()
    var run = try PeriodicRun(in: folder.path, keepingLast: 1)
    try run.train(to: 30)
    let path = { folder.path + "/" + fileName($0) }
    try write(content(of: path(30)), to: path(5000))
    var other = try PeriodicRun(in: folder.path, keepingLast: 1)
    let resumed = try #require(try other.resume())
    #expect(resumed.path == path(30))
    let misnamed = CheckpointError.inFile(
      .step(30, expected: 5000), path: path(5000))
    #expect(resumed.damaged.map(\.path) == [path(5000)])
    #expect(resumed.damaged == [misnamed])
    // It is no step that the run can go back to either.
    try write(content(of: path(30)), to: path(35))
    other.parameters[3] = .nan
    try other.train(to: 40)
    #expect(try folder.names() == [30, 40, 5000].map(fileName))
    for step in [30, 40] {
      try FileManager.default.removeItem(atPath: path(step))
    }
    #expect(
      thrownError { () throws(CheckpointError) in _ = try other.resume() }?
        .description
        == "no checkpoint is intact: '\(path(5000))': the checkpoint is of step "
        + "30: its name says 5000")
  }

  @Test func `saves again what came after it`() throws {
    let folder = try TemporaryFolder()
    var run = try PeriodicRun(in: folder.path, keepingLast: 9)
    try run.train(to: 30)
    try damage(folder.file(fileName(30))) { $0.removeLast() }
    try damage(folder.file(fileName(20))) { $0.removeLast() }
    // The same object, which has saved step 30.
    #expect(try run.resume()?.metadata == ["step": "10"])
    try run.train(to: 30)
    #expect(run.saves == [10, 20, 30, 20, 30])
  }
}
