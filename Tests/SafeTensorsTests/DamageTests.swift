//===--- DamageTests.swift - files cut short and bits flipped -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Foundation
import SafeTensors
import TestSupport
import Testing

private func smallFile() throws -> [UInt8] {
  let folder = try TemporaryFolder()
  try writeAll(
    FileContent(
      descriptions: [
        TensorDescription("weights", .float32, shape: [2, 3]),
        TensorDescription("bias", .uint8, shape: [5]),
        TensorDescription("none", .float32, shape: [0]),
      ],
      metadata: ["step": "17"],
      elements: [
        "weights": Array(0..<24), "bias": Array(100..<105), "none": [],
      ]),
    to: folder.file("f"))
  return try content(of: folder.file("f"))
}

private func checksum(_ bytes: [UInt8]) -> UInt32 {
  unsafe CRC32C.checksum(of: bytes.span.bytes)
}

@Suite struct `A damaged file` {
  @Test func `is refused when it is cut, at every length`() throws {
    let bytes = try smallFile()
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    for count in 0..<bytes.count {
      try write(Array(bytes.prefix(count)), to: path)
      let error = thrownError { () throws(SafeTensorsError) in
        _ = try readAll(path)
      }
      switch error?.fault {
      case .noHeader(let found): #expect(found == count && count < 10)
      case .headerCutOff(_, let found): #expect(found == count)
      case .offsetsOutOfRange: break
      default: Issue.record("\(count) bytes: \(String(describing: error))")
      }
    }
    try write(bytes + [0], to: path)
    #expect(
      thrownError { () throws(SafeTensorsError) in _ = try readAll(path) }
        == .fault(
          .trailingBytes(dataByteCount: 30, expected: 29), path: path))
  }

  @Test func `is refused when a bit is another, wherever`() throws {
    let bytes = try smallFile()
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    for position in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[position] ^= 1 << bit
        try write(damaged, to: path)
        let error = thrownError { () throws(SafeTensorsError) in
          _ = try readAll(path)
        }
        #expect(error != nil, "bit \(bit) of byte \(position)")
      }
    }
  }

  @Test func `is refused with the tensor and both checksums`() throws {
    var bytes = try smallFile()
    let folder = try TemporaryFolder()
    bytes[bytes.count - 1] ^= 1
    try write(bytes, to: folder.file("f"))
    let file = try SafeTensorsReader(path: folder.file("f"))
    #expect(
      thrownError { () throws(SafeTensorsError) in
        _ = try elements(of: "bias", in: file)
      }
        == .fault(
          .checksum(
            checksum([100, 101, 102, 103, 105]),
            expected: checksum([100, 101, 102, 103, 104]), tensor: "bias"),
          path: folder.file("f")))
    #expect(
      thrownError { () throws(SafeTensorsError) in
        try file.forEachChunk(of: "bias") { _, _ in }
      } != nil)
    #expect(try elements(of: "weights", in: file) == Array(0..<24))
  }

  @Test func `that shrinks while it is read is refused`() throws {
    let bytes = try smallFile()
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    try write(bytes, to: path)
    let file = try SafeTensorsReader(path: path)
    #expect(unsafe truncate(path, off_t(bytes.count - 1)) == 0)
    #expect(
      thrownError { () throws(SafeTensorsError) in
        _ = try elements(of: "bias", in: file)
      } == .file(FileError(.read, path, code: 0)))
  }

  /// Every input that fuzzing kept, failures of earlier versions included.
  @Test func `of the corpus crashes nothing`() throws {
    let folder = try #require(
      Bundle.module.url(forResource: "Corpus", withExtension: nil))
    let paths = try FileManager.default.contentsOfDirectory(
      atPath: folder.path())
    #expect(!paths.isEmpty)
    for path in paths {
      _ = thrownError { () throws(SafeTensorsError) in
        _ = try readAll(folder.path() + "/" + path)
      }
    }
  }
}
