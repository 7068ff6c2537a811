//===--- FileContent.swift - all that a file has --------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import SafeTensors

/// The content of a file, as values that can be compared.
struct FileContent: Equatable {
  var descriptions: [TensorDescription] = []
  var metadata: Metadata = [:]
  var elements: [String: [UInt8]] = [:]
}

/// Opens a file and reads the whole content.
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

/// The elements of a tensor, or nothing if no tensor has this name.
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
  /// The fault of the file, or `nil` if the system refused an operation.
  var fault: SafeTensorsFault? {
    if case .fault(let fault, _) = reason { fault } else { nil }
  }
}
