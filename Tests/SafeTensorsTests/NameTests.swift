//===--- NameTests.swift - names and keys, byte by byte -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import SafeTensors
import TestSupport
import Testing

private let composed = "caf\u{E9}"
private let decomposed = "cafe\u{301}"

/// A letter with so many marks, of two kinds, that sorting the marks takes half
/// a minute.
private let marked =
  "a" + String(repeating: "\u{301}\u{323}", count: 40_000)

@Suite struct `Names and keys` {
  @Test func `are two where Unicode considers both spellings equal`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    let content = FileContent(
      descriptions: [decomposed, composed].map {
        TensorDescription($0, .uint8, shape: [1])
      },
      metadata: [composed: "1", decomposed: "2"],
      elements: [:])
    #expect(content.descriptions[0] != content.descriptions[1])
    #expect(Set(content.descriptions).count == 2)
    var writer = try SafeTensorsWriter(
      path: path, tensors: content.descriptions, metadata: content.metadata)
    try unsafe writer.append([UInt8(7)].span.bytes, to: composed)
    try unsafe writer.append([UInt8(8)].span.bytes, to: decomposed)
    try writer.finish()

    let file = try SafeTensorsReader(path: path, checksums: .required)
    #expect(file.tensors == content.descriptions)
    #expect(try elements(of: composed, in: file) == [7])
    #expect(try elements(of: decomposed, in: file) == [8])
    try file.requireTensors(content.descriptions)
    #expect(
      thrownError { () throws(SafeTensorsError) in
        try file.requireTensors([content.descriptions[0]])
      } == .fault(.unexpectedTensor(composed), path: path))
    #expect(file.metadata == content.metadata)
    #expect(file.metadata[composed] == "1")
    #expect(file.metadata[decomposed] == "2")
    // A dictionary can have but one of the two keys.
    #expect(
      thrownError { () throws(SafeTensorsFault) in
        _ = try file.metadata.dictionary()
      } == .duplicateMetadataKey(composed))
  }

  /// Headers with such a letter, in all places of a text.
  private static let headers = [
    #"{"\#(marked)":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
    #"{"__metadata__":{"\#(marked)":"","b":"\#(marked)"},"#
      + #""a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
    #"{"a":{"dtype":"U8\#(marked)","shape":[1],"data_offsets":[0,1]}}"#,
    #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"\#(marked)":1}}"#,
    #"{"__metadata__":{"crc32c":"\#(marked)","crc32c\#(marked)":""},"#
      + #""a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
  ]

  /// The limit is many times the time of a slow build on a busy machine.
  @Test(arguments: headers.indices)
  func `take no longer where a letter has many marks`(header: Int) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    try write(image(header: Self.headers[header], data: [1]), to: path)
    let time = ContinuousClock().measure {
      _ = thrownError { () throws(SafeTensorsError) in
        let file = try SafeTensorsReader(path: path)
        try file.requireTensors(file.tensors)
        for tensor in file.tensors {
          _ = try elements(of: tensor.name, in: file)
        }
        try writeAll(
          FileContent(
            descriptions: [TensorDescription(marked, .uint8, shape: [0])],
            metadata: file.metadata), to: path)
      }
    }
    #expect(time < .seconds(2))
  }

  @Test func `of a dictionary have no more marks than it can compare`() throws {
    let metadata: Metadata = [marked: "", "e\u{301}": "1"]
    var fault: SafeTensorsFault?
    let time = ContinuousClock().measure {
      fault = thrownError { () throws(SafeTensorsFault) in
        _ = try metadata.dictionary()
      }
    }
    #expect(time < .seconds(2))
    guard case .combiningMarks(_, limit: 30) = fault else {
      Issue.record("another fault")
      return
    }
    let kept = metadata.filter { $0.utf8.count < 10 }
    #expect(try kept.dictionary() == ["e\u{301}": "1"])
  }
}

@Suite struct `Metadata is` {
  @Test func `in the order of the keys' bytes, whatever is set`() {
    var metadata: Metadata = ["b": "2", "": "0", "é": "4"]
    metadata["c"] = "3"
    metadata["a"] = "1"
    metadata["b"] = "22"
    metadata["x"] = nil
    metadata[""] = nil
    #expect(metadata.map(\.key) == ["a", "b", "c", "é"])
    #expect(metadata.map(\.value) == ["1", "22", "3", "4"])
    #expect(metadata["b"] == "22")
    #expect(metadata[""] == nil)
    #expect(
      metadata == Metadata(["é": "4", "c": "3", "b": "22", "a": "1"]))
    #expect(metadata != ["a": "1", "b": "22", "c": "3", "é": "5"])
    #expect(metadata != ["a": "1", "b2": "2", "c": "3", "é": "4"])
    #expect(Set([metadata, metadata, [:]]).count == 2)
    #expect("\(metadata)" == #"["a": "1", "b": "22", "c": "3", "é": "4"]"#)
    #expect("\(Metadata())" == "[:]")
  }
}
