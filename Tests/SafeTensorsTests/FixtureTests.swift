//===--- FixtureTests.swift - files for and of other programs -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Foundation
import SafeTensors
import TestSupport
import Testing

/// The bytes that scripts/safetensors_fixtures/generate.py puts into tensors.
private func fixtureBytes(_ index: Int, count: Int) -> [UInt8] {
  (0..<count).map { UInt8((37 * index + 11 * $0) % 251) }
}

private func fixture(_ name: String) throws -> String {
  try #require(
    Bundle.module.url(
      forResource: name, withExtension: "safetensors", subdirectory: "Fixtures")
  ).path()
}

private let oneAndAHalf: [UInt8] = [0, 0, 0, 0, 0, 0, 0xF8, 0x3F]

@Suite struct `The reference implementation` {
  @Test func `writes files that open here`() throws {
    let path = try fixture("reference")
    let content = try readAll(path)
    #expect(content.metadata == ["format": "np"])
    // The types are all that NumPy has.
    let types: [TensorElementType] = [
      .bool, .uint8, .int8, .float8E5M2, .float8E4M3, .int16, .uint16, .float16,
      .bfloat16, .int32, .uint32, .float32, .complex64, .float64, .int64,
      .uint64,
    ]
    #expect(content.descriptions.count == types.count + 2)
    for (index, type) in types.enumerated() {
      let name = "tensor.\(type)"
      #expect(
        content.descriptions.contains(
          TensorDescription(name, type, shape: [2, 3])))
      var expected = fixtureBytes(index, count: 6 * type.bitCount / 8)
      if type == .bool { expected = (0..<6).map { $0 % 2 } }
      #expect(content.elements[name] == expected)
    }
    #expect(
      content.descriptions.contains(
        TensorDescription("scalar", .float64, shape: [])))
    #expect(content.elements["scalar"] == oneAndAHalf)
    #expect(
      content.descriptions.contains(
        TensorDescription("empty", .float32, shape: [3, 0])))
    #expect(content.elements["empty"] == [])
    #expect(
      thrownError { () throws(SafeTensorsError) in
        _ = try SafeTensorsReader(path: path, checksums: .required)
      } == .fault(.noChecksums, path: path))
  }

  /// The script that wrote the fixture had the reference implementation read
  /// the fixture. The checksums in the fixture come from another library.
  @Test func `reads files that were written here`() throws {
    let path = try fixture("checksummed")
    var content = FileContent(metadata: [
      "step": "1000",
      "é\"\\/\u{08}\t\n\u{0C}\r\u{01}\u{7F}😀": "\0 Ω",
    ])
    func add(_ description: TensorDescription, _ bytes: [UInt8]) {
      content.descriptions.append(description)
      content.elements[description.name] = bytes
    }
    for (index, type) in TensorElementType.allCases.enumerated() {
      add(
        TensorDescription("tensor.\(type)", type, shape: [2, 2]),
        fixtureBytes(index, count: type.bitCount / 2))
    }
    add(TensorDescription("scalar", .float64, shape: []), oneAndAHalf)
    add(TensorDescription("empty", .float32, shape: [3, 0]), [])
    add(TensorDescription("é\"\n", .uint8, shape: [1]), Array("x".utf8))

    let folder = try TemporaryFolder()
    let ours = folder.file("ours.safetensors")
    try writeAll(content, to: ours)
    let written = try TestSupport.content(of: ours)
    #expect(try written == TestSupport.content(of: path))

    let read = try readAll(path, checksums: .required)
    #expect(read.metadata == content.metadata)
    #expect(read.elements == content.elements)
    #expect(Set(read.descriptions) == Set(content.descriptions))
  }
}
