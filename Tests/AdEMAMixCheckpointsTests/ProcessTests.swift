//===--- ProcessTests.swift - processes that are killed, and their memory -===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import CAllocationCounter
import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct `A process that trains` {
  /// Fewer with sanitizers, where a process starts slowly.
  static let killCount = allocation_count() < 0 ? 40 : 200
  /// No multiple of what lies between two saves.
  static let steps = 301

  @Test func `may be killed at any time, and ends with the same bits`() throws {
    let folder = try TemporaryFolder()
    let whole = folder.file("whole")
    let duration = try ContinuousClock().measure {
      let (status, _) = try output(
        of: "CheckpointProcess", ["train", whole, "\(Self.steps)"])
      #expect(status == 0)
    }
    // Long enough to get on, and short enough for several kills on the way.
    let longest = duration / 5 / .seconds(1)
    let expected = try content(of: "\(whole)/\(fileName(Self.steps))")

    var killCount = 0
    var savingCount = 0
    for run in 0... {
      let path = folder.file("\(run)")
      var last = 0
      while true {
        let (process, _) = try start(
          "CheckpointProcess",
          [run.isMultiple(of: 2) ? "train" : "pause", path, "\(Self.steps)"])
        if killCount < Self.killCount {
          Thread.sleep(forTimeInterval: .random(in: 0...longest))
          Glibc.kill(process.processIdentifier, SIGKILL)
        }
        process.waitUntilExit()
        if process.terminationReason == .exit {
          #expect(process.terminationStatus == 0)
          break
        }
        killCount += 1
        let newest = try newestStep(path)
        #expect(newest >= last)
        if newest > last { savingCount += 1 }
        last = newest
      }
      let isEqual =
        try content(of: "\(path)/\(fileName(Self.steps))") == expected
      #expect(isEqual, "after \(killCount) kills")
      // Those that a killed process did not come to remove are gone too.
      #expect(names(in: path).filter { $0.hasPrefix("step-") }.count == 2)
      if killCount >= Self.killCount { break }
    }
    // Otherwise the delays are too short for this machine.
    #expect(savingCount > 5)
  }

  /// The step of the newest checkpoint, after reading all there are.
  private func newestStep(_ folder: String) throws -> Int {
    let files = names(in: folder).filter { $0.hasPrefix("step-") }
    return try files.reduce(0) { newest, name in
      let checkpoint = try Checkpoint<Float>("\(folder)/\(name)")
      _ = try checkpoint.optimizer(threads: 1)
      _ = try checkpoint.parameters()
      _ = try checkpoint.average(threads: 1)
      return max(newest, checkpoint.stepCount)
    }
  }

  private func names(in folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }

  /// Sanitizers, which count no allocations, need memory of their own for what
  /// is written and read.
  @Test(.enabled(if: allocation_count() >= 0))
  func `saves and loads without another copy`() throws {
    let folder = try TemporaryFolder()
    // 240 MiB of state.
    let (status, words) = try output(
      of: "CheckpointProcess",
      ["memory", folder.file("f"), String(20 << 20)])
    #expect(status == 0)
    let kibibytes = words.compactMap { Int($0) }
    try #require(kibibytes.count == 3)
    #expect(kibibytes[0] < 16 << 10)
    #expect(kibibytes[1] < 16 << 10)
  }
}
