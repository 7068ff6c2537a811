//===--- RoundTripTests.swift - what is written is read -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import SafeTensors
import TestSupport
import Testing

@Suite struct `What is written` {
  @Test func `is read, for every type`() throws {
    let folder = try TemporaryFolder()
    var content = FileContent(metadata: ["": "", "ключ": "значение"])
    for type in TensorElementType.allCases.reversed() {
      for shape in [[], [0], [8], [2, 0, 3], [2, 3, 4]] {
        let tensor = TensorDescription(
          "\(type)\(shape)", type, shape: shape)
        guard let byteCount = try? tensor.byteCount() else {
          #expect(shape.isEmpty && type.bitCount < 8)
          continue
        }
        content.descriptions.append(tensor)
        content.elements[tensor.name] = (0..<byteCount).map {
          UInt8(truncatingIfNeeded: $0 &* 41 &+ shape.count)
        }
      }
    }
    content.descriptions.sort {
      ($1.elementType.rank, $0.name) < ($0.elementType.rank, $1.name)
    }
    let path = folder.file("all.safetensors")
    try writeAll(content, to: path)
    #expect(try readAll(path, checksums: .required) == content)
    #expect(try folder.names() == ["all.safetensors"])
  }

  @Test func `may be nothing`() throws {
    let folder = try TemporaryFolder()
    try writeAll(FileContent(), to: folder.file("f"))
    #expect(
      try readAll(folder.file("f"), checksums: .required) == FileContent())
  }

  @Test func `may come in pieces and any order, larger than a chunk`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    let bytes = (0..<2_500_001).map { UInt8(truncatingIfNeeded: $0 / 3) }
    var writer = try SafeTensorsWriter(
      path: path,
      tensors: ["b", "a"].map {
        TensorDescription($0, .uint8, shape: [bytes.count])
      })
    #expect(writer.tensors.map(\.name) == ["a", "b"])
    for start in stride(from: 0, to: bytes.count, by: 1_100_000) {
      let end = min(start + 1_100_000, bytes.count)
      let piece = Array(bytes[start..<end])
      try unsafe writer.append(piece.span.bytes, to: "b")
      try unsafe writer.append(piece.span.bytes, to: "a")
    }
    try writer.finish()

    // Large files start at a page.
    let fileByteCount = try TestSupport.content(of: path).count
    #expect((fileByteCount - 2 * bytes.count).isMultiple(of: 4096))

    let file = try SafeTensorsReader(path: path, checksums: .required)
    let checksum = unsafe CRC32C.checksum(of: bytes.span.bytes)
    #expect(file.storedTensors.map(\.checksum) == [checksum, checksum])
    #expect(try elements(of: "b", in: file) == bytes)

    var first = [UInt8](repeating: 0, count: 1_500_000)
    var second = [UInt8](repeating: 0, count: 1_000_001)
    try unsafe first.withUnsafeMutableBytes { first in
      try unsafe second.withUnsafeMutableBytes { second in
        try unsafe file.read("a", into: [first, second])
      }
    }
    #expect(first + second == bytes)

    var chunks: [UInt8] = []
    try file.forEachChunk(of: "a") { offset, chunk in
      #expect(offset == chunks.count)
      unsafe chunk.withUnsafeBytes { unsafe chunks.append(contentsOf: $0) }
    }
    #expect(chunks == bytes)
  }

  @Test func `is aligned and in the order of the reference`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    let types: [(String, TensorElementType)] = [
      ("z", .uint8), ("é", .float32), ("b", .float64), ("a", .float32),
      ("e\u{300}", .float32), ("Z", .uint64),
    ]
    var content = FileContent()
    for (name, type) in types {
      content.descriptions.append(TensorDescription(name, type, shape: [3]))
      content.elements[name] = [UInt8](
        repeating: 1, count: 3 * type.bitCount / 8)
    }
    try writeAll(content, to: path)
    let file = try SafeTensorsReader(path: path)
    #expect(file.tensors.map(\.name) == ["Z", "b", "a", "e\u{300}", "é", "z"])
    let bytes = try TestSupport.content(of: path)
    let dataCount = file.storedTensors.map(\.byteCount).reduce(0, +)
    #expect((bytes.count - dataCount).isMultiple(of: 8))
    for tensor in file.storedTensors {
      let elementByteCount = tensor.description.elementType.bitCount / 8
      #expect(tensor.byteRange.lowerBound.isMultiple(of: elementByteCount))
    }
  }
}
