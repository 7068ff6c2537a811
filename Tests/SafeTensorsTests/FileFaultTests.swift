//===--- FileFaultTests.swift - file systems that cannot do everything ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Foundation
import TestSupport
import Testing

/// The library that is preloaded: Tests/FileFaults/file_faults.c.
private func buildFaults(in folder: borrowing TemporaryFolder) throws -> String
{
  let source = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "FileFaults/file_faults.c")
  let library = folder.file("faults.so")
  let compiler = Process()
  compiler.executableURL = URL(filePath: "/usr/bin/env")
  compiler.arguments = [
    "clang", "-shared", "-fPIC", "-o", library, source.path(),
  ]
  try compiler.run()
  compiler.waitUntilExit()
  try #require(compiler.terminationStatus == 0, "clang comes with Swift")
  return library
}

@Suite(.serialized) final class `A file system` {
  private let tools: TemporaryFolder
  private let folder: TemporaryFolder
  private let library: String
  private var path: String { folder.file("new/f") }

  init() throws {
    tools = try TemporaryFolder()
    folder = try TemporaryFolder()
    library = try buildFaults(in: tools)
  }

  /// The output of a process that saves a file while calls fail, or its signal.
  private func save(
    _ faults: [String: CInt], byteCount: Int = 1000
  ) throws -> String {
    let environment = faults.mapValues { "\($0)" }
      .merging(["LD_PRELOAD": library]) { $1 }
    let (status, words) = try output(
      of: "SafeTensorsProcess", ["save", path, String(byteCount)],
      environment: environment)
    return words.isEmpty ? "signal \(status)" : words.joined(separator: " ")
  }

  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.file("new"))
      .sorted()
  }

  @Test(arguments: [
    ("FAULT_FSYNC_FOLDER", EINVAL), ("FAULT_FSYNC_FOLDER", ENOTSUP),
    ("FAULT_FALLOCATE", EOPNOTSUPP), ("FAULT_FALLOCATE", ENOSYS),
    ("FAULT_FALLOCATE", EINVAL), ("FAULT_FLOCK", ENOLCK),
    ("FAULT_FLOCK", ENOSYS), ("FAULT_UNNAMED", EOPNOTSUPP),
    ("FAULT_UNNAMED", EISDIR),
  ])
  func `need not be able to do everything`(call: String, code: CInt) throws {
    for byteCount in [10, 1000] {
      #expect(try save([call: code], byteCount: byteCount) == "saved")
      #expect(try names() == ["f"])
      #expect(try content(of: path).count == byteCount)
    }
  }

  @Test(arguments: [
    ("FAULT_FSYNC_FOLDER", EIO, "flush 5"),
    ("FAULT_FSYNC_FILE", EIO, "flush 5"),
    ("FAULT_FSYNC_FILE", EINVAL, "flush 22"),
    ("FAULT_FALLOCATE", ENOSPC, "reserve 28"),
    ("FAULT_FALLOCATE", EIO, "reserve 5"),
  ])
  func `is believed when a device fails`(
    call: String, code: CInt, expected: String
  ) throws {
    #expect(try save([:], byteCount: 10) == "saved")
    #expect(try save([call: code]) == expected)
    #expect(try names() == ["f"])
    // A crash can lose the name alone now: the file has been replaced.
    let count = call == "FAULT_FSYNC_FOLDER" ? 1000 : 10
    #expect(try content(of: path).count == count)
  }

  @Test func `is believed when it cannot keep the name of a folder`() throws {
    #expect(try save(["FAULT_FSYNC_FOLDER": EIO]) == "flush 5")
    #expect(try names() == [])
  }

  /// Files have a name from the start, or no name up to the end.
  @Test(arguments: [[:], ["FAULT_UNNAMED": EOPNOTSUPP]])
  func `has no more than one file left of killed processes`(
    faults: [String: CInt]
  ) throws {
    #expect(try save(faults, byteCount: 10) == "saved")
    let killing = faults.merging(["FAULT_RENAME": 0]) { $1 }
    for _ in 0..<3 {
      #expect(try save(killing) == "signal 9")
      #expect(try names().count == 2)
      #expect(try content(of: path).count == 10)
    }
    #expect(try save(faults, byteCount: 20) == "saved")
    #expect(try names() == ["f"])
    #expect(try content(of: path).count == 20)
  }
}
