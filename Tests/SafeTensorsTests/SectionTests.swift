//===--- SectionTests.swift - large tensors, read side by side ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Glibc
import SafeTensors
import TestSupport
import Testing

/// A tensor of several sections, of which the last is short.
private let bytes = (0..<9_000_001).map { UInt8(truncatingIfNeeded: $0 / 11) }

private func writeTensor(_ bytes: [UInt8], to path: String) throws {
  try writeAll(
    FileContent(
      descriptions: [TensorDescription("t", .uint8, shape: [bytes.count])],
      elements: ["t": bytes]),
    to: path)
}

@Suite struct `A large tensor` {
  @Test(arguments: [nil, 1, 3, 100])
  func `is the same on any number of threads`(threads: Int?) throws {
    let folder = try TemporaryFolder()
    try writeTensor(bytes, to: folder.file("f"))
    let file = try SafeTensorsReader(
      path: folder.file("f"), checksums: .required, threads: threads)
    #expect(try elements(of: "t", in: file) == bytes)
    var first = [UInt8](repeating: 0, count: 5_000_000)
    var second = [UInt8](repeating: 0, count: 4_000_001)
    try unsafe first.withUnsafeMutableBytes { first in
      try unsafe second.withUnsafeMutableBytes { second in
        try unsafe file.read("t", into: [first, second])
      }
    }
    #expect(first + second == bytes)
  }

  @Test(arguments: [0, 2_097_151, 2_097_152, 5_000_000, 9_000_000])
  func `is refused with both checksums, wherever a bit is another`(
    position: Int
  ) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    try writeTensor(bytes, to: path)
    var image = try content(of: path)
    image[image.count - bytes.count + position] ^= 4
    try write(image, to: path)
    var damaged = bytes
    damaged[position] ^= 4
    let file = try SafeTensorsReader(path: path)
    #expect(
      thrownError { () throws(SafeTensorsError) in
        _ = try elements(of: "t", in: file)
      }
        == .fault(
          .checksum(
            unsafe CRC32C.checksum(of: damaged.span.bytes),
            expected: unsafe CRC32C.checksum(of: bytes.span.bytes),
            tensor: "t"), path: path))
  }

  @Test func `is refused when the file ends in the middle of it`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    try writeTensor(bytes, to: path)
    let file = try SafeTensorsReader(path: path)
    #expect(unsafe truncate(path, 5_000_000) == 0)
    #expect(
      thrownError { () throws(SafeTensorsError) in
        _ = try elements(of: "t", in: file)
      } == .file(FileError(.read, path, code: 0)))
  }
}
