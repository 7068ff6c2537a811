//===--- ForeignFileTests.swift - entries with the name of a checkpoint ---===//
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

@Suite struct `An entry with the name of a checkpoint` {
  enum Kind: String, CaseIterable {
    case folder, fullFolder, pipe, device, loop, leadsNowhere, empty, text

    /// Whether it can be removed as a checkpoint is.
    var isFile: Bool { self == .empty || self == .text }

    func make(_ path: String) throws {
      let files = FileManager.default
      switch self {
      case .folder, .fullFolder:
        try files.createDirectory(
          atPath: path, withIntermediateDirectories: false)
        if self == .fullFolder { try write([1], to: "\(path)/f") }
      case .pipe: try #require(unsafe mkfifo(path, 0o600) == 0)
      case .device:
        try files.createSymbolicLink(
          atPath: path, withDestinationPath: "/dev/zero")
      case .loop:
        try files.createSymbolicLink(
          atPath: path, withDestinationPath: path)
      case .leadsNowhere:
        try files.createSymbolicLink(
          atPath: path, withDestinationPath: "nowhere")
      case .empty: try write([], to: path)
      case .text: try write(Array("no checkpoint at all".utf8), to: path)
      }
    }
  }

  @Test(arguments: Kind.allCases)
  func `that is none is passed over, and does not count`(kind: Kind) throws {
    let folder = try TemporaryFolder()
    var run = try PeriodicRun(in: folder.path, keepingLast: 2)
    try run.train(to: 20)
    for step in [15, 25] { try kind.make(folder.file(fileName(step))) }
    var other = try PeriodicRun(in: folder.path, keepingLast: 2)
    let resumed = try #require(try other.resume())
    #expect(resumed.path == folder.path + "/" + fileName(20))
    #expect(
      resumed.damaged.map(\.path) == [folder.path + "/" + fileName(25)])
    #expect(other.parameters == run.parameters)
    try other.train(to: 60)
    let rest = kind.isFile ? [50, 60] : [15, 25, 50, 60]
    #expect(try folder.names() == rest.map(fileName))
    #expect(try other.resume()?.stepCount == 60)
  }

  @Test(arguments: Kind.allCases)
  func `is an error where there is nothing else`(kind: Kind) throws {
    let folder = try TemporaryFolder()
    try kind.make(folder.file(fileName(10)))
    var run = try PeriodicRun(in: folder.path)
    let error = thrownError { () throws(CheckpointError) in
      _ = try run.resume()
    }
    #expect(error?.code == .noneIntact)
    let path = folder.path + "/" + fileName(10)
    #expect(error?.damaged.map(\.path) == [path])
    let text = try #require(error).description
    #expect(text.ranges(of: path).count == 1, "\(text)")
    if [.folder, .fullFolder, .pipe, .device].contains(kind) {
      #expect(text.hasSuffix("'\(path)': it is no regular file"), "\(text)")
    }
  }

  @Test(.enabled(if: geteuid() != 0, "root may read everything"))
  func `that may not be read is passed over`() throws {
    let folder = try TemporaryFolder()
    var run = try PeriodicRun(in: folder.path)
    try run.train(to: 20)
    let newest = folder.path + "/" + fileName(20)
    try #require(unsafe chmod(newest, 0) == 0)
    let resumed = try #require(try run.resume())
    #expect(resumed.stepCount == 10)
    #expect(
      resumed.damaged
        == [.file(.file(FileError(.open, newest, code: EACCES)))])
  }

  /// A shortage would make every file look damaged.
  @Test func `is not to blame where memory or descriptors are short`() {
    for code in [ENOMEM, EMFILE, ENFILE, ENOBUFS, EINTR] {
      let error = SafeTensorsError.file(FileError(.open, "f", code: code))
      #expect(!error.isDamage, "\(error)")
    }
    for code in [
      EACCES, EFBIG, EPERM, EISDIR, ELOOP, ENAMETOOLONG, ENOENT, ENXIO, EIO, 0,
    ] {
      let error = SafeTensorsError.file(FileError(.open, "f", code: code))
      #expect(error.isDamage, "\(error)")
    }
  }
}
