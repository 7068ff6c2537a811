//===--- HeaderTests.swift - headers that are refused or read -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import SafeTensors
import TestSupport
import Testing

private let name = "a"

/// A header with a tensor of 2 bytes, of which a field has another value.
private func header(
  dtype: String = #""U8""#, shape: String = "[2]", offsets: String = "[0,2]"
) -> String {
  #"{"a":{"dtype":\#(dtype),"shape":\#(shape),"data_offsets":\#(offsets)}}"#
}

/// A header of two tensors at the given offsets, with sizes that fit.
private func header(_ first: Range<Int>, _ second: Range<Int>) -> String {
  func tensor(_ range: Range<Int>) -> String {
    #"{"dtype":"U8","shape":[\#(range.count)],"#
      + #""data_offsets":[\#(range.lowerBound),\#(range.upperBound)]}"#
  }
  return #"{"a":\#(tensor(first)),"b":\#(tensor(second))}"#
}

private func error(
  of image: [UInt8], in folder: borrowing TemporaryFolder
) throws -> SafeTensorsFault? {
  let path = folder.file("f")
  try write(image, to: path)
  let error = thrownError { () throws(SafeTensorsError) in
    _ = try readAll(path)
  }
  #expect(error?.description.hasPrefix("'\(path)'") != false)
  return error?.fault
}

@Suite struct `A header is refused` {
  static let cases: [(header: String, error: SafeTensorsFault)] = [
    // Texts that are no JSON.
    ("", .noHeader(fileByteCount: 10)),
    ("  {}", unexpected(" ", "'{'", 0)),
    ("[]", unexpected("[", "'{'", 0)),
    ("{} x", unexpected("x", "nothing but spaces", 3)),
    ("{\"a\"", .malformedHeader(.unexpectedEnd, offset: 4)),
    ("{\"a", .malformedHeader(.unexpectedEnd, offset: 3)),
    ("{,}", unexpected(",", "a string", 1)),
    ("{\"a\" 1}", unexpected("1", "':'", 5)),
    ("{\"a\":[[[[[[[[", unexpected("[", "'{'", 5)),
    ("{\"a\":{\"shape\":[[[", .malformedHeader(.invalidInteger, offset: 15)),
    (#"{"a\x":"#, .malformedHeader(.invalidEscape, offset: 4)),
    (#"{"\ud800":"#, .malformedHeader(.invalidEscape, offset: 8)),
    (#"{"\ud800\u0041":"#, .malformedHeader(.invalidEscape, offset: 14)),
    (#"{"\udc00":"#, .malformedHeader(.invalidEscape, offset: 8)),
    (#"{"\u00g0":"#, .malformedHeader(.invalidEscape, offset: 6)),
    ("{\"a\u{1}\":", .malformedHeader(.controlCharacter(1), offset: 3)),
    // Numbers.
    (header(shape: "[-2]"), .malformedHeader(.invalidInteger, offset: 28)),
    (header(shape: "[2.0]"), .malformedHeader(.invalidInteger, offset: 29)),
    (header(shape: "[2e0]"), .malformedHeader(.invalidInteger, offset: 29)),
    (header(shape: "[02]"), .malformedHeader(.invalidInteger, offset: 29)),
    (
      header(shape: "[9223372036854775808]"),
      .malformedHeader(.integerOverflow, offset: 46)
    ),
    (
      header(offsets: "[0,99999999999999999999]"),
      .malformedHeader(.integerOverflow, offset: 67)
    ),
    (header(offsets: "[0,2,2]"), unexpected(",", "']'", 50)),
    (header(offsets: "[0]"), unexpected("]", "','", 48)),
    // Fields.
    (header(dtype: "\"U9\""), .unknownScalarType("U9", tensor: name)),
    (#"{"a":{"x":1}}"#, .missingField("dtype", tensor: name)),
    (
      #"{"a":{"shape":[],"shape":[]}}"#, .duplicateField("shape", tensor: name)
    ),
    (#"{"a":{}}"#, .missingField("dtype", tensor: name)),
    (#"{"a":{"dtype":"U8"}}"#, .missingField("shape", tensor: name)),
    (
      #"{"a":{"dtype":"U8","shape":[]}}"#,
      .missingField("data_offsets", tensor: name)
    ),
    // Names.
    (
      #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"#
        + #""\u0061":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#,
      .duplicateTensor("a")
    ),
    (#"{"__metadata__":{},"__metadata__":{}}"#, .duplicateMetadata),
    (
      #"{"__metadata__":{"k":"1","k":"2"}}"#, .duplicateMetadataKey("k")
    ),
    (#"{"__metadata__":null,"__metadata__":null}"#, .duplicateMetadata),
    (#"{"__metadata__":nul}"#, unexpected("n", "'{'", 16)),
    (#"{"__metadata__":{"k":null}}"#, unexpected("n", "a string", 21)),
    (#"{"__metadata__":{"k":1}}"#, unexpected("1", "a string", 21)),
    // Sizes and places.
    (
      header(shape: "[4611686018427387904,2]"),
      .tooManyElements(shape: [1 << 62, 2], tensor: name)
    ),
    (
      header(shape: "[4611686018427387904,2,0]"),
      .tooManyElements(shape: [1 << 62, 2, 0], tensor: name)
    ),
    (
      header(dtype: "\"F64\"", shape: "[1152921504606846976]"),
      .tooManyElements(shape: [1 << 60], tensor: name)
    ),
    (
      header(dtype: "\"F4\"", shape: "[3]"),
      .partialByte(bitCount: 12, tensor: name)
    ),
    (
      header(offsets: "[2,0]"),
      .reversedOffsets(start: 2, end: 0, tensor: name)
    ),
    (
      header(shape: "[3]"),
      .byteRange(0..<2, expectedByteCount: 3, tensor: name)
    ),
    (
      header(shape: "[3]", offsets: "[0,3]"),
      .offsetsOutOfRange(0..<3, dataByteCount: 2, tensor: name)
    ),
    (header(0..<2, 1..<2), .overlappingTensors("a", "b")),
    (header(0..<2, 0..<2), .overlappingTensors("a", "b")),
    (header(0..<1, 0..<2), .overlappingTensors("a", "b")),
    (header(1..<2, 1..<1), .gap(start: 1, expected: 0, tensor: "b")),
    (header(0..<0, 1..<2), .gap(start: 1, expected: 0, tensor: "b")),
    (
      header(shape: "[1]", offsets: "[0,1]"),
      .trailingBytes(dataByteCount: 2, expected: 1)
    ),
    ("{}", .trailingBytes(dataByteCount: 2, expected: 0)),
    // Checksums.
    (
      #"{"__metadata__":{"crc32c":"0123456G","crc32c.a":""}}"#,
      .malformedChecksum("0123456G", key: "crc32c")
    ),
    (
      #"{"__metadata__":{"crc32c":"0123456\u0037","crc32c.a":""}}"#,
      .malformedChecksum("01234567", key: "crc32c")
    ),
    (
      #"{"__metadata__":{"crc32c.a":"01234567"}}"#,
      .noHeaderChecksum(key: "crc32c.a")
    ),
  ]

  private static func unexpected(
    _ byte: Unicode.Scalar, _ expected: String, _ offset: Int
  ) -> SafeTensorsFault {
    .malformedHeader(
      .unexpectedByte(UInt8(ascii: byte), expected: expected), offset: offset)
  }

  @Test(arguments: cases)
  func `that breaks a rule`(header: String, expected: SafeTensorsFault) throws {
    let folder = try TemporaryFolder()
    var expected = expected
    if header.isEmpty {
      expected = .malformedHeader(.unexpectedEnd, offset: 0)
    }
    let error = try error(of: image(header: header, data: [1, 2]), in: folder)
    #expect(error == expected)
    #expect(error?.description.isEmpty == false)
  }

  @Test func `that is not Unicode`() throws {
    let folder = try TemporaryFolder()
    for bytes: [UInt8] in [[0x80], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5]] {
      let header = Array("{\"".utf8) + bytes + Array("\":{".utf8)
      #expect(
        try error(of: image(header: header), in: folder)
          == .malformedHeader(.invalidUTF8, offset: 2))
    }
    #expect(
      try error(of: image(header: [0x7B, 0xFF]), in: folder)
        == .malformedHeader(
          .unexpectedByte(0xFF, expected: "a string"), offset: 1))
  }

  @Test func `that is longer than the file, or than any`() throws {
    let folder = try TemporaryFolder()
    func length(_ bytes: [UInt8]) throws -> SafeTensorsFault? {
      try error(of: bytes + Array("{}".utf8), in: folder)
    }
    #expect(
      try length([3, 0, 0, 0, 0, 0, 0, 0])
        == .headerCutOff(byteCount: 3, fileByteCount: 10))
    #expect(
      try length([0, 0, 0, 0, 0, 0, 0, 0x80])
        == .noHeaderLength(1 << 63, limit: 100_000_000))
    #expect(
      try length([1, 0xE1, 0xF5, 5, 0, 0, 0, 0])
        == .noHeaderLength(100_000_001, limit: 100_000_000))
    #expect(
      try length([0, 0xE1, 0xF5, 5, 0, 0, 0, 0])
        == .headerCutOff(byteCount: 100_000_000, fileByteCount: 10))
  }

  @Test func `that nests as deep as it can`() throws {
    let folder = try TemporaryFolder()
    let deep = String(repeating: "{\"a\":", count: 1_000_000)
    #expect(
      try error(of: image(header: deep), in: folder)
        == .malformedHeader(.tooDeep, offset: 636))
  }
}

@Suite struct `A header is accepted` {
  @Test(arguments: [
    "{}", "{}      ", #"{"__metadata__":{}}"#,
    #"{ "__metadata__" : { "k" : "v" } , "a":"#
      + #"{"shape":[ ],"data_offsets":[ 0 , 1 ],"dtype":"U8"}}"#,
    "{\r\n\t\"\":{\"dtype\":\"F4\",\"shape\":[2],\"data_offsets\":[0,1]}}",
    #"{"a":{"dtype":"U8","shape":[0,9223372036854775807],"#
      + #""data_offsets":[0,0]}}"#,
    #"{"\ud83d\ude00\u0000\/":{"dtype":"BOOL","shape":[1],"#
      + #""data_offsets":[0,1]}}"#,
  ])
  func `that breaks none`(header: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    let hasByte = header.contains("1") && !header.contains("[0,0]")
    try write(image(header: header, data: hasByte ? [7] : []), to: path)
    let content = try readAll(path)
    // The content survives being written again.
    try writeAll(content, to: path)
    #expect(try readAll(path, checksums: .required) == content)
  }

  @Test func `whose tensors are in another order than their bytes`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    try write(image(header: header(1..<3, 0..<1), data: [1, 2, 3]), to: path)
    let file = try SafeTensorsReader(path: path)
    #expect(file.tensors.map(\.name) == ["b", "a"])
    #expect(try elements(of: "a", in: file) == [2, 3])
    let hasChecksums = file.hasChecksums
    #expect(!hasChecksums)
  }
}
