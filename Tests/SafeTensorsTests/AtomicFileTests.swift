//===--- AtomicFileTests.swift - whole or not at all ----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Foundation
import SafeTensors
import TestSupport
import Testing

private func replace(_ path: String, with text: String) throws(FileError) {
  var file = try AtomicFile(replacing: path)
  try unsafe file.write(Array(text.utf8).span.bytes, at: 0)
  try file.commit()
}

private let isRoot = geteuid() == 0

@Suite struct `A file that is replaced` {
  @Test(arguments: [false, true])
  func `is the old one until it is the new one`(isNamed: Bool) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    try replace(path, with: "old")
    do {
      var file = try AtomicFile(replacing: path, isNamed: isNamed)
      try unsafe file.write(Array("new".utf8).span.bytes, at: 0)
      #expect(try content(of: path) == Array("old".utf8))
      let hidden = try folder.names().filter { $0.hasPrefix(".") }
      // The file has no name if the file system has files without names.
      #expect(hidden.count == 1 || hidden.isEmpty && !isNamed)
      #expect(try folder.names().count == 1 + hidden.count)
    }
    // The file was not committed.
    #expect(try folder.names() == ["f"])
    #expect(try content(of: path) == Array("old".utf8))
    var file = try AtomicFile(replacing: path, isNamed: isNamed)
    try unsafe file.write(Array("new".utf8).span.bytes, at: 0)
    try file.commit()
    #expect(try folder.names() == ["f"])
    #expect(try content(of: path) == Array("new".utf8))
  }

  @Test func `may have the longest name, and a relative path`() throws {
    let folder = try TemporaryFolder()
    let name = String(repeating: "n", count: 255)
    try replace(folder.file(name), with: "x")
    #expect(try folder.names() == [name])

    let relative = "safetensors-\(UUID().uuidString)"
    try replace(relative, with: "x")
    #expect(try content(of: relative) == [UInt8(ascii: "x")])
    try FileManager.default.removeItem(atPath: relative)
  }

  @Test func `keeps no one waiting for what is left open`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    try replace(path, with: "old")
    let old = try #require(FileHandle(forReadingAtPath: path))
    try replace(path, with: "new")
    #expect(try old.readToEnd() == Data("old".utf8))
  }

  @Test(arguments: [false, true])
  func `may be written by many at a time`(isNamed: Bool) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    // More files are written at a time than a path has temporary names.
    func write(_ rest: Int) throws {
      if rest == 0 { return }
      var file = try AtomicFile(replacing: path, isNamed: isNamed)
      try unsafe file.write([UInt8(rest)].span.bytes, at: 0)
      try write(rest - 1)
      try file.commit()
      #expect(try content(of: path) == [UInt8(rest)])
    }
    try write(7)
    #expect(try folder.names() == ["f"])
  }

  @Test func `takes over the room of one that was left, and no other`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    let inUse = try AtomicFile(replacing: path, isNamed: true)
    let used = try #require(try folder.names().first)
    let other = ".safetensors-other"
    try TestSupport.write([1], to: folder.file(other))
    try replace(path, with: "new")
    #expect(try folder.names() == [other, used, "f"].sorted())
    // A killed process leaves such a file.
    do { _ = consume inUse }
    try TestSupport.write([1, 2], to: folder.file(used))
    do {
      let file = try AtomicFile(replacing: path, isNamed: true)
      #expect(try folder.names() == [other, used, "f"].sorted())
      #expect(try content(of: folder.file(used)) == [])
      _ = consume file
    }
    #expect(try folder.names() == [other, "f"].sorted())
  }

  @Test func `may lie in a folder that cannot be listed`() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      if isRoot { unsafe #expect(chown(folder.path, 65534, 65534) == 0) }
      unsafe #expect(chmod(folder.path, 0o300) == 0)
      // Root may list everything.
      if isRoot { #expect(seteuid(65534) == 0) }
      let error = thrownError { () throws(FileError) in
        try replace(folder.file("f"), with: "new")
      }
      if isRoot { #expect(seteuid(0) == 0) }
      unsafe #expect(chmod(folder.path, 0o755) == 0)
      #expect(error == nil)
      #expect(try folder.names() == ["f"])
    }
  }

  @Test func `needs a name and a folder`() throws {
    let folder = try TemporaryFolder()
    func error(_ path: String) -> FileError? {
      thrownError { () throws(FileError) in try replace(path, with: "") }
    }
    let missing = folder.file("missing/f")
    #expect(
      error(missing) == FileError(.open, folder.file("missing/"), code: ENOENT))
    for path in ["", folder.path + "/", folder.file("."), folder.file("..")] {
      #expect(error(path) == FileError(.open, path, code: EISDIR))
    }
    let cut = folder.file("f\0g")
    #expect(error(cut) == FileError(.open, cut, code: EINVAL))
    try FileManager.default.createDirectory(
      atPath: folder.file("d"), withIntermediateDirectories: false)
    #expect(
      error(folder.file("d"))
        == FileError(.rename, folder.file("d"), code: EISDIR))
    #expect(try folder.names() == ["d"])
  }
}

@Suite struct `A file stays as it was` {
  /// A save that fails for lack of room, after a save that succeeds.
  private func failToSave(in folder: String) throws -> SafeTensorsError? {
    let path = "\(folder)/f"
    func content(_ count: Int) -> FileContent {
      FileContent(
        descriptions: [TensorDescription("a", .uint8, shape: [count])],
        elements: ["a": [UInt8](repeating: 1, count: count)])
    }
    try writeAll(content(1000), to: path)
    let error = thrownError { () throws(SafeTensorsError) in
      try writeAll(content(8 << 20), to: path)
    }
    #expect(try readAll(path, checksums: .required) == content(1000))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(names == ["f"])
    return error
  }

  @Test(
    .enabled(if: SmallDisk.mayBeMounted, "mounting a file system needs root"))
  func `when the disk is full`() throws {
    guard let disk = try SmallDisk(kibibytes: 1024) else {
      try Test.cancel("tmpfs cannot be mounted here")
    }
    #expect(
      try failToSave(in: disk.path)
        == .file(FileError(.reserve, "\(disk.path)/f", code: ENOSPC)))
  }

  @Test func `when the file is larger than the process may write`() async {
    await #expect(processExitsWith: .success) {
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 1 << 20, rlim_max: 1 << 20)
      unsafe #expect(setrlimit(__rlimit_resource_t(1), &limit) == 0)
      let folder = try TemporaryFolder()
      #expect(
        try `A file stays as it was`().failToSave(in: folder.path)
          == .file(FileError(.reserve, folder.file("f"), code: EFBIG)))
    }
  }

  @Test func `when the folder may not be written to`() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let path = folder.file("f")
      try replace(path, with: "old")
      unsafe #expect(chmod(folder.path, 0o555) == 0)
      // Root may write everywhere.
      if isRoot { #expect(seteuid(65534) == 0) }
      let error = thrownError { () throws(FileError) in
        try replace(path, with: "new")
      }
      if isRoot { #expect(seteuid(0) == 0) }
      unsafe #expect(chmod(folder.path, 0o755) == 0)
      #expect(error?.operation == .open)
      #expect(error?.code == EACCES)
      #expect(try content(of: path) == Array("old".utf8))
      #expect(try folder.names() == ["f"])
    }
  }
}
