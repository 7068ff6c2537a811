//===--- FileImage.swift - files as bytes -------------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import SafeTensors

/// A file with this header, whatever it says.
func image(header: [UInt8], data: [UInt8] = []) -> [UInt8] {
  let count = UInt64(header.count)
  return (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
    + header + data
}

func image(header: String, data: [UInt8] = []) -> [UInt8] {
  image(header: Array(header.utf8), data: data)
}

/// What a file has in it, as values that can be compared.
struct FileContent: Equatable {
  var descriptions: [TensorDescription] = []
  var metadata: Metadata = [:]
  var elements: [String: [UInt8]] = [:]
}

/// Opens a file and reads all of it.
func readAll(
  _ path: String, checksums: ChecksumPolicy = .whereStored
) throws(SafeTensorsError) -> FileContent {
  let file = try SafeTensorsReader(path: path, checksums: checksums)
  var content = FileContent(
    descriptions: file.tensors, metadata: file.metadata)
  for tensor in file.tensors {
    content.elements[tensor.name] = try elements(of: tensor.name, in: file)
  }
  return content
}

/// The elements of a tensor, or nothing where there is none of this name.
func elements(
  of name: String, in file: borrowing SafeTensorsReader
) throws(SafeTensorsError) -> [UInt8] {
  var bytes = [UInt8](
    repeating: 0xAA, count: try file.tensor(name)?.byteCount() ?? 0)
  var span = bytes.mutableSpan
  try unsafe file.read(name, into: span.mutableBytes)
  return bytes
}

/// Writes a whole file.
func writeAll(
  _ content: FileContent, to path: String
) throws(SafeTensorsError) {
  var file = try SafeTensorsWriter(
    path: path, tensors: content.descriptions, metadata: content.metadata)
  for (name, bytes) in content.elements {
    try unsafe file.append(bytes.span.bytes, to: name)
  }
  try file.finish()
}

extension SafeTensorsError {
  /// The fault of the file, if the system did not refuse it.
  var fault: SafeTensorsFault? {
    if case .fault(let fault, _) = reason { fault } else { nil }
  }
}
