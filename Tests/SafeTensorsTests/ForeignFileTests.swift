//===--- ForeignFileTests.swift - files of other programs -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import SafeTensors
import TestSupport
import Testing

private let fields = #""dtype":"U8","shape":[1],"data_offsets":[0,1]"#

/// A header with a tensor that has a field of this value, which no version of
/// the format knows.
private func header(field value: String) -> String {
  #"{"a":{"new":\#(value),\#(fields)}}"#
}

/// A header with this metadata.
private func header(metadata: String) -> String {
  #"{"__metadata__":\#(metadata),"a":{\#(fields)}}"#
}

private func open(
  _ header: String, _ policy: ChecksumPolicy = .whereStored,
  in folder: borrowing TemporaryFolder
) throws -> Result<FileContent, SafeTensorsFault> {
  let path = folder.file("f")
  try write(image(header: header, data: [7]), to: path)
  do throws(SafeTensorsError) {
    return .success(try readAll(path, checksums: policy))
  } catch {
    return .failure(try #require(error.fault))
  }
}

/// Files that the reference implementation opens or refuses as well.
@Suite struct `A file of another program` {
  private func expectOpens(
    _ header: String, _ policy: ChecksumPolicy = .whereStored,
    metadata: Metadata = [:]
  ) throws {
    let folder = try TemporaryFolder()
    let expected = FileContent(
      descriptions: [TensorDescription("a", .uint8, shape: [1])],
      metadata: metadata, elements: ["a": [7]])
    #expect(try open(header, policy, in: folder) == .success(expected))
  }

  @Test(arguments: [
    "1", "-1", "-0", "1.5e3", "1e+5", "0.25", "99999999999999999999999",
    "true", "false", "null", #""""#, #""\ud83d\ude00""#, "[]", "{}", "[ ]",
    #"{"y":[1,2,{"z":null}],"y":{}}"#, #" [ "x" , [ ] , 1 ] "#,
    String(repeating: "[", count: 125) + String(repeating: "]", count: 125),
  ])
  func `may have fields that are not known`(value: String) throws {
    try expectOpens(header(field: value))
  }

  @Test(arguments: [
    ("00", "',' or '}'"), ("1.", "a value"), ("1e", "a value"),
    ("-", "a value"), (".5", "a value"), ("NaN", "a value"), ("", "a value"),
    ("tru", "a value"), ("truetrue", "',' or '}'"), ("[1", "',' or ']'"),
    ("[1,]", "a value"), (#"{"x"}"#, "':'"), (#"{"x":1,}"#, "a string"),
    ("[1}", "',' or ']'"),
  ])
  func `has JSON in fields that are not known`(
    value: String, expected: String
  ) throws {
    let folder = try TemporaryFolder()
    let result = try open(header(field: value), in: folder)
    guard
      case .failure(.malformedHeader(.unexpectedByte(_, let found), _)) = result
    else {
      Issue.record("\(result)")
      return
    }
    #expect(found == expected)
  }

  @Test(arguments: [
    (#""\ud800""#, HeaderFault.invalidEscape),
    ("\"\u{1}\"", .controlCharacter(1)),
    (
      String(repeating: "[", count: 126) + String(repeating: "]", count: 126),
      .tooDeep
    ),
    (String(repeating: #"{"x":"#, count: 126), .tooDeep),
  ])
  func `has proper strings and few levels in them`(
    value: String, expected: HeaderFault
  ) throws {
    let folder = try TemporaryFolder()
    let result = try open(header(field: value), in: folder)
    guard case .failure(.malformedHeader(expected, _)) = result else {
      Issue.record("\(result)")
      return
    }
  }

  @Test func `may have null as metadata, and white space at the end`() throws {
    try expectOpens(header(metadata: "null"))
    try expectOpens(header(metadata: " null ") + " \r\n\t")
  }

  @Test(arguments: ["hello", "", "0123456", "0123456G", "0123ABCD"])
  func `may have metadata called crc32c`(text: String) throws {
    let header = header(metadata: #"{"crc32c":"\#(text)","k":"v"}"#)
    try expectOpens(header, metadata: ["crc32c": text, "k": "v"])
    try expectOpens(header, .ignored, metadata: ["crc32c": text, "k": "v"])
    let folder = try TemporaryFolder()
    #expect(
      try open(header, .required, in: folder)
        == .failure(.malformedChecksum(text, key: "crc32c")))
  }

  @Test(arguments: [
    ["crc32c": "01234567"], ["crc32c.a": "01234567"], ["crc32c.x": "x"],
    ["crc32c": "x", "crc32c.a": "x"],
  ])
  func `opens where checksums are ignored`(metadata: [String: String]) throws {
    let entries = metadata.map { #""\#($0.key)":"\#($0.value)""# }
    let header = header(metadata: "{\(entries.joined(separator: ","))}")
    try expectOpens(header, .ignored, metadata: Metadata(metadata))
    // Such checksums may be those of a damaged file.
    let folder = try TemporaryFolder()
    guard case .failure = try open(header, in: folder) else {
      Issue.record("\(metadata)")
      return
    }
  }
}

@Suite struct `A file that is no safetensors file` {
  private func description(of bytes: [UInt8]) throws -> String? {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    try write(bytes, to: path)
    let error = thrownError { () throws(SafeTensorsError) in
      _ = try SafeTensorsReader(path: path)
    }
    return error?.description.replacing(path, with: "f")
  }

  @Test func `is said to be none, by its name`() throws {
    let text = "import torch\nprint(torch.__version__)\n"
    #expect(
      try description(of: Array(text.utf8))
        == "'f' is no safetensors file: its first 8 bytes announce a header of "
        + "8367816142499114345 bytes, and there are none of more than 100000000"
    )
    #expect(
      try description(of: [3, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3])
        == "'f' is no safetensors file: byte 0 of the header: found byte 0x1, "
        + "expected '{'")
    #expect(
      try description(of: image(header: "{x}"))
        == "'f': byte 1 of the header: found 'x', expected a string")
  }

  @Test func `is not told from one that was cut off in its header`() throws {
    let whole = image(header: "{}")
    #expect(
      try description(of: Array(whole.prefix(2)))
        == "'f': it has 2 bytes, but a header needs at least 10: it is cut off, "
        + "or no safetensors file")
    #expect(
      try description(of: [200, 0, 0, 0, 0, 0, 0, 0, 123, 34, 97])
        == "'f': its first 8 bytes announce a header of 200 bytes, but the file "
        + "has 11 bytes: it is cut off, or no safetensors file")
  }
}
