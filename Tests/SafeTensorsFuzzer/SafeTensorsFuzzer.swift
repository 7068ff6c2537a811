//===--- SafeTensorsFuzzer.swift - files that nobody meant to write -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

// Compiled with the sources of SafeTensors into one program by scripts/fuzz.

import Glibc

/// Opens the input as a file. A file that the reader accepts must be
/// consistent, and must have the same content when written and read again.
///
/// - Returns: 0, as libFuzzer wants.
@c(LLVMFuzzerTestOneInput)
public func fuzzOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  checkHeader(input)
  let folder = unsafe getenv("FUZZ_FOLDER").map { unsafe String(cString: $0) }
  checkFile(signed(input), folder: folder ?? "/dev/shm")
  return 0
}

/// Takes the input as the JSON of a header, in a file that ends behind the last
/// tensor.
private func checkHeader(_ input: [UInt8]) {
  guard let text = try? HeaderText(input) else { return }
  let dataByteCount = text.tensors.map(\.byteRange.upperBound).max() ?? 0
  do throws(SafeTensorsFault) {
    let header = try Header(
      input, dataByteCount: dataByteCount, checksums: .whereStored)
    precondition(header.tensors.count == text.tensors.count)
    var end = 0
    for tensor in header.tensors {
      precondition(tensor.byteRange.lowerBound == end)
      let byteCount = try tensor.description.validByteCount()
      precondition(byteCount == tensor.byteCount)
      end = tensor.byteRange.upperBound
    }
    precondition(end == dataByteCount)
  } catch {
    precondition(!error.description.isEmpty)
  }
}

/// The input with the right checksum of the header, so that the input reaches
/// the code behind the check of the checksum.
private func signed(_ input: [UInt8]) -> [UInt8] {
  guard input.count > Header.lengthByteCount else { return input }
  let length = input.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  guard length <= input.count - 8 else { return input }
  let end = 8 + Int(length)
  let header = Array(input[8..<end])
  guard let text = try? HeaderText(header),
    let position = text.headerChecksumPosition,
    position + 8 <= header.count
  else { return input }
  let checksum = HeaderChecksum.expected(header, digitsAt: position)
  var signed = input
  signed.replaceSubrange(
    (8 + position)..<(8 + position + 8), with: checksum.hexadecimal.utf8)
  return signed
}

private func checkFile(_ input: [UInt8], folder: String) {
  let path = "\(folder)/fuzz-\(getpid()).safetensors"
  let file = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  precondition(file >= 0)
  precondition(unsafe write(file, input, input.count) == input.count)
  close(file)

  do throws(SafeTensorsError) {
    let original = try SafeTensorsReader(path: path)
    try original.requireTensors(original.tensors)
    var contents: [String: [UInt8]] = [:]
    for tensor in original.tensors {
      contents[tensor.name] = try content(of: tensor.name, in: original)
    }
    try checkCopy(of: original, contents, path: path + ".copy")
  } catch {
    precondition(!error.description.isEmpty)
  }
}

/// The elements of a tensor, read in both ways.
private func content(
  of name: String, in file: borrowing SafeTensorsReader
) throws(SafeTensorsError) -> [UInt8] {
  guard let tensor = file.tensor(name) else { preconditionFailure(name) }
  var whole = [UInt8](repeating: 0xAA, count: try tensor.byteCount())
  var span = whole.mutableSpan
  try unsafe file.read(name, into: span.mutableBytes)
  var chunks: [UInt8] = []
  try file.forEachChunk(of: name) { offset, bytes in
    precondition(offset == chunks.count)
    unsafe bytes.withUnsafeBytes { unsafe chunks.append(contentsOf: $0) }
  }
  precondition(whole == chunks)
  return whole
}

private func checkCopy(
  of original: borrowing SafeTensorsReader, _ contents: [String: [UInt8]],
  path: String
) throws(SafeTensorsError) {
  var writer = try SafeTensorsWriter(
    path: path, tensors: original.tensors,
    metadata: original.metadata)
  for (name, content) in contents {
    try unsafe writer.append(content.span.bytes, to: name)
  }
  try writer.finish()
  do throws(SafeTensorsError) {
    let copy = try SafeTensorsReader(path: path, checksums: .required)
    precondition(copy.metadata == original.metadata)
    precondition(copy.tensors.count == original.tensors.count)
    try copy.requireTensors(original.tensors)
    for (name, expected) in contents {
      let found = try content(of: name, in: copy)
      precondition(found == expected)
    }
  } catch {
    fatalError("a file that was just written: \(error)")
  }
}
