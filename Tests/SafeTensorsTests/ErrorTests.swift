//===--- ErrorTests.swift - errors as programs see them -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Glibc
import SafeTensors
import TestSupport
import Testing

private func openingError(
  _ path: String, _ policy: ChecksumPolicy = .whereStored
) -> SafeTensorsError? {
  thrownError { () throws(SafeTensorsError) in
    _ = try readAll(path, checksums: policy)
  }
}

@Suite struct `An error` {
  @Test func `of a file has a code, a path and a tensor`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    try writeAll(
      FileContent(
        descriptions: [TensorDescription("a", .uint8, shape: [3])],
        elements: ["a": [1, 2, 3]]), to: path)
    let whole = try content(of: path)
    let text = String(decoding: whole[8...], as: UTF8.self)
    let header = String(text[...(text.lastIndex(of: "}") ?? text.startIndex)])

    typealias Case = (
      bytes: [UInt8], code: SafeTensorsError.Code, tensor: String?
    )
    let cases: [Case] = [
      (Array("\u{7F}ELF, or something else".utf8), .notSafeTensors, nil),
      ([], .truncated, nil),
      (Array(whole.dropLast(4 + header.utf8.count)), .truncated, nil),
      (image(header: "{,}"), .malformedHeader, nil),
      (
        image(header: header.replacing("U8", with: "I8"), data: [1, 2, 3]),
        .wrongChecksum, nil
      ),
      (Array(whole.dropLast()) + [4], .wrongChecksum, "a"),
    ]
    for (bytes, code, tensor) in cases {
      try write(bytes, to: path)
      let error = try #require(openingError(path))
      #expect(error.code == code)
      #expect(error.tensor == tensor)
      #expect(error.path == path)
      #expect(error.errorNumber == nil)
      #expect(error.description.hasPrefix("'\(path)'"))
    }
  }

  @Test func `of checksums, types and expectations has a code`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    let header = #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#
    try write(
      image(header: header.replacing("U8", with: "U9"), data: [1]), to: path)
    let unknown = try #require(openingError(path))
    #expect(unknown.code == .unknownType)
    #expect(unknown.tensor == "a")

    try write(image(header: header, data: [1]), to: path)
    #expect(openingError(path, .required)?.code == .missingChecksum)
    let file = try SafeTensorsReader(path: path)
    func code(_ expected: TensorDescription...) -> SafeTensorsError.Code? {
      thrownError { () throws(SafeTensorsError) in
        try file.requireTensors(expected)
      }?.code
    }
    let a = TensorDescription("a", .uint8, shape: [1])
    #expect(code(a) == nil)
    #expect(code() == .unexpectedTensor)
    #expect(
      code(TensorDescription("a", .int8, shape: [1])) == .unexpectedTensor)
    #expect(
      code(TensorDescription("a", .uint8, shape: [])) == .unexpectedTensor)
    #expect(code(a, TensorDescription("b", .int8, shape: [])) == .missingTensor)

    var bytes: [UInt8] = [0, 0]
    var span = bytes.mutableSpan
    let error = thrownError { () throws(SafeTensorsError) in
      try unsafe file.read("a", into: span.mutableBytes)
    }
    #expect(error?.code == .wrongByteCount)
    #expect(error?.code.description == "wrongByteCount")
  }

  @Test func `of a description has no path`() throws {
    let error = try #require(
      thrownError { () throws(SafeTensorsError) in
        _ = try TensorDescription("a", .float4, shape: [3]).byteCount()
      })
    #expect(error.code == .invalidTensors)
    #expect(error.path == nil)
    #expect(error.tensor == "a")
    #expect(
      error.description == "tensor 'a' has 12 bits: they must fill whole bytes")
    #expect(
      error
        == .fault(.partialByte(bitCount: 12, tensor: "a"), path: nil))
  }

  @Test func `of the system has its number`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("missing")
    let error = try #require(openingError(path))
    #expect(error.code == .system)
    #expect(error.errorNumber == ENOENT)
    #expect(error.path == path)
    #expect(error.tensor == nil)
    let short = SafeTensorsError.file(FileError(.read, path, code: 0))
    #expect(short.code == .truncated)
    #expect(short.errorNumber == nil)
  }
}
