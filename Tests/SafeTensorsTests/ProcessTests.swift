//===--- ProcessTests.swift - writers that are killed, and what they need -===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import CAllocationCounter
import Foundation
import SafeTensors
import TestSupport
import Testing

@Suite(.serialized) struct `A process` {
  static let killCount = 300

  @Test func `may be killed at any time while it saves`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    let byteCount = 300_000
    // The longest delay is that of several files, however slow the machine is.
    let other = try TemporaryFolder()
    let one = try ContinuousClock().measure {
      _ = try output(
        of: "SafeTensorsProcess", ["save", other.file("f"), String(byteCount)])
    }
    let longest = max(40_000, UInt32(4 * (one / .microseconds(1))))
    var last = 0
    var savingCount = 0
    for kill in 0..<Self.killCount {
      let (process, _) = try start(
        "SafeTensorsProcess", ["generations", path, String(byteCount)])
      // Some processes are killed before their first file, some after many.
      usleep(UInt32.random(in: 0...(kill.isMultiple(of: 3) ? 8_000 : longest)))
      Glibc.kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      guard FileManager.default.fileExists(atPath: path) else {
        #expect(last == 0)
        continue
      }
      let file = try SafeTensorsReader(path: path, checksums: .required)
      let generation = try #require(
        file.metadata["generation"].flatMap { Int($0) })
      if generation != last { savingCount += 1 }
      last = generation
      let expected = [UInt8](
        repeating: UInt8(generation % 251), count: byteCount)
      #expect(try elements(of: "a", in: file) == expected)
      #expect(try elements(of: "b", in: file) == expected)
    }
    // Without a new file, the delays are too short for the machine.
    #expect(savingCount > 0)
    // A process leaves a file behind if killed between two system calls.
    #expect(try folder.names().count <= 1 + Self.killCount / 10)
  }

  /// The peak of memory, beyond the memory of the state itself. Sanitizers,
  /// which count no allocations, need memory of their own for all bytes that
  /// are written and read.
  @Test(.enabled(if: allocation_count() >= 0))
  func `saves and loads without another copy`() throws {
    let folder = try TemporaryFolder()
    let byteCount = 256 << 20
    let (status, words) = try output(
      of: "SafeTensorsProcess",
      ["memory", folder.file("f"), String(byteCount)])
    #expect(status == 0)
    let kibibytes = words.compactMap { Int($0) }
    try #require(kibibytes.count == 2)
    #expect(kibibytes.allSatisfy { (0..<(16 << 10)).contains($0) })
  }
}
