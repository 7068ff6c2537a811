//===--- Header.swift - a header that fits its file ---------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Whether a file must have checksums.
public enum ChecksumPolicy: Sendable, Hashable {
  /// A file without checksums, as other tools write it, is read as well. Those
  /// that there are must be right.
  case whereStored
  /// A file without checksums is refused.
  case required
}

/// What is in a file: its tensors lie within it, one behind the other.
struct Header {
  /// The longest header that the reference implementation reads.
  static let byteCountLimit = 100_000_000
  /// The bytes that say how long the header is.
  static let lengthByteCount = 8

  /// The tensors, in the order of their bytes.
  let tensors: [StoredTensor]
  /// The metadata, without checksums.
  let metadata: [String: String]
  let hasChecksums: Bool

  /// Checks a header against the number of bytes that follow it.
  ///
  /// - Complexity: O(*n* log *n*) for *n* bytes.
  init(
    _ bytes: [UInt8], dataByteCount: Int, checksums policy: ChecksumPolicy
  ) throws(SafeTensorsError) {
    let text = try HeaderText(bytes)
    var checksums = try StoredChecksums(text, header: bytes)
    if policy == .required && checksums == nil { throw .noChecksums }
    hasChecksums = checksums != nil

    var tensors: [StoredTensor] = []
    tensors.reserveCapacity(text.tensors.count)
    for tensor in try Self.inOrder(text.tensors, dataByteCount: dataByteCount) {
      let name = tensor.description.name
      tensors.append(
        StoredTensor(
          description: tensor.description,
          byteRange: tensor.start..<tensor.end,
          checksum: try checksums?.take(for: name)))
    }
    if let unused = checksums?.names.min() {
      throw .checksumOfUnknownTensor(unused)
    }
    self.tensors = tensors
    metadata =
      hasChecksums
      ? text.metadata.filter { !StoredChecksums.isReserved($0.key) }
      : text.metadata
  }

  /// The tensors in the order of their bytes, after checking that they have as
  /// many as their shapes need, and fill the file without gap or overlap.
  private static func inOrder(
    _ tensors: [HeaderText.Tensor], dataByteCount: Int
  ) throws(SafeTensorsError) -> [HeaderText.Tensor] {
    for tensor in tensors {
      let name = tensor.description.name
      guard tensor.start <= tensor.end else {
        throw .reversedOffsets(
          start: tensor.start, end: tensor.end, tensor: name)
      }
      let range = tensor.start..<tensor.end
      let expected = try tensor.description.byteCount()
      guard range.count == expected else {
        throw .byteRange(range, expectedByteCount: expected, tensor: name)
      }
      guard range.upperBound <= dataByteCount else {
        throw .offsetsOutOfRange(
          range, dataByteCount: dataByteCount, tensor: name)
      }
    }
    // Tensors without bytes lie before the one that starts where they do.
    let sorted = tensors.sorted { ($0.start, $0.end) < ($1.start, $1.end) }
    var end = 0
    var previous = ""
    for tensor in sorted {
      let name = tensor.description.name
      guard tensor.start >= end else {
        throw .overlappingTensors(previous, name)
      }
      guard tensor.start == end else {
        throw .gap(start: tensor.start, expected: end, tensor: name)
      }
      end = tensor.end
      previous = name
    }
    guard end == dataByteCount else {
      throw .trailingBytes(dataByteCount: dataByteCount, expected: end)
    }
    return sorted
  }
}
