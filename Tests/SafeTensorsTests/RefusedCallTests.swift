//===--- RefusedCallTests.swift - calls that do not fit the file ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Glibc
import SafeTensors
import TestSupport
import Testing

private let tensors = [
  TensorDescription("a", .float32, shape: [2, 3]),
  TensorDescription("b", .uint8, shape: [4]),
]

private func writingError(
  _ tensors: [TensorDescription], metadata: Metadata = [:]
) throws -> SafeTensorsFault? {
  let folder = try TemporaryFolder()
  let error = thrownError { () throws(SafeTensorsError) in
    _ = try SafeTensorsWriter(
      path: folder.file("f"), tensors: tensors, metadata: metadata)
  }
  #expect(try folder.names() == [])
  #expect(error?.description.hasPrefix("'\(folder.file("f"))': ") == true)
  return error?.fault
}

private func appendError(
  _ bytes: [UInt8], to tensor: String, of file: inout SafeTensorsWriter
) -> SafeTensorsFault? {
  do throws(SafeTensorsError) {
    try unsafe file.append(bytes.span.bytes, to: tensor)
    return nil
  } catch {
    return error.fault
  }
}

@Suite struct `A writer refuses` {
  @Test func `tensors that no file can have`() throws {
    #expect(
      try writingError([tensors[0], tensors[0]]) == .duplicateTensor("a"))
    #expect(
      try writingError([TensorDescription("n", .bool, shape: [2, -1])])
        == .negativeDimension(-1, tensor: "n"))
    #expect(
      try writingError([TensorDescription("f", .float4, shape: [3])])
        == .partialByte(bitCount: 12, tensor: "f"))
    #expect(
      try writingError([TensorDescription("t", .int64, shape: [1 << 58])])
        == .tooManyElements(shape: [1 << 58], tensor: "t"))
    let large = (0..<9).map {
      TensorDescription("\($0)", .uint8, shape: [(1 << 60) - 1])
    }
    #expect(try writingError(large) == .tooManyBytes)
    #expect(
      try writingError([TensorDescription("__metadata__", .bool, shape: [])])
        == .reservedName("__metadata__"))
  }

  @Test(arguments: ["crc32c", "crc32c.", "crc32c.\u{301}"])
  func `keys of checksums`(key: String) throws {
    #expect(
      try writingError([], metadata: [key: ""]) == .reservedName(key))
  }

  @Test func `a header that no reader accepts`() throws {
    let text = String(repeating: "x", count: 100_000_000)
    let error = try writingError([], metadata: ["k": text])
    #expect(
      error == .headerTooLong(byteCount: 100_000_048, limit: 100_000_000))
  }

  @Test func `bytes of other tensors, too many or too few`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    var file = try SafeTensorsWriter(path: path, tensors: tensors)
    let bytes = [UInt8](0..<5)
    #expect(appendError(bytes, to: "c", of: &file) == .missingTensor("c"))
    #expect(
      appendError(bytes, to: "b", of: &file)
        == .byteCount(5, expected: 4, tensor: "b"))
    for _ in 0..<4 { #expect(appendError(bytes, to: "a", of: &file) == nil) }
    #expect(
      appendError(bytes, to: "a", of: &file)
        == .byteCount(25, expected: 24, tensor: "a"))
    var error: SafeTensorsError?
    do throws(SafeTensorsError) {
      try file.finish()
    } catch let thrown {
      error = thrown
    }
    #expect(
      error
        == .fault(
          .incompleteTensor(byteCount: 20, expected: 24, tensor: "a"),
          path: path))
    #expect(try folder.names() == [])
  }
}

@Suite struct `A reader refuses` {
  @Test func `other tensors than the caller expects`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    try writeAll(
      FileContent(
        descriptions: tensors,
        elements: ["a": [UInt8](repeating: 0, count: 24), "b": [1, 2, 3, 4]]),
      to: path)
    let file = try SafeTensorsReader(path: path)
    func error(
      _ index: Int, _ change: (inout TensorDescription) -> Void
    ) -> SafeTensorsFault? {
      var expected = tensors
      change(&expected[index])
      return thrownError { () throws(SafeTensorsError) in
        try file.requireTensors(expected)
      }?.fault
    }
    #expect(error(0) { _ in } == nil)
    #expect(error(0) { $0.name = "c" } == .missingTensor("c"))
    #expect(
      error(0) { $0.shape = [3, 2] }
        == .shape([2, 3], expected: [3, 2], tensor: "a"))
    #expect(
      error(1) { $0.elementType = .int8 }
        == .scalarType(.uint8, expected: .int8, tensor: "b"))
    #expect(
      thrownError { () throws(SafeTensorsError) in
        try file.requireTensors([tensors[1]])
      } == .fault(.unexpectedTensor("a"), path: path))
  }

  @Test func `memory of another size, and unknown names`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    try writeAll(
      FileContent(descriptions: [tensors[1]], elements: ["b": [1, 2, 3, 4]]),
      to: path)
    let file = try SafeTensorsReader(path: path)
    for count in [0, 3, 5] {
      var bytes = [UInt8](repeating: 9, count: count)
      #expect(
        thrownError { () throws(SafeTensorsError) in
          var span = bytes.mutableSpan
          try unsafe file.read("b", into: span.mutableBytes)
        }
          == .fault(.byteCount(count, expected: 4, tensor: "b"), path: path))
      #expect(bytes == [UInt8](repeating: 9, count: count))
    }
    #expect(
      thrownError { () throws(SafeTensorsError) in
        try file.forEachChunk(of: "x") { _, _ in }
      } == .fault(.missingTensor("x"), path: path))
  }

  @Test func `what is no file`() throws {
    let folder = try TemporaryFolder()
    func error(_ path: String) -> SafeTensorsError? {
      thrownError { () throws(SafeTensorsError) in
        _ = try SafeTensorsReader(path: path)
      }
    }
    let missing = folder.file("missing")
    #expect(error(missing) == .file(FileError(.open, missing, code: ENOENT)))
    #expect(
      error(folder.path)
        == .file(FileError(.measure, folder.path, code: EINVAL)))
    let cut = folder.path + "\0"
    #expect(error(cut) == .file(FileError(.open, cut, code: EINVAL)))
    let pipe = folder.file("pipe")
    #expect(unsafe mkfifo(pipe, 0o600) == 0)
    #expect(error(pipe) == .file(FileError(.measure, pipe, code: EINVAL)))
    #expect(
      error(missing)?.description
        == "cannot open '\(missing)': No such file or directory")
  }
}
