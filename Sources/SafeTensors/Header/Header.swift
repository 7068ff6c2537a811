//===--- Header.swift - a header that fits its file -----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The tensors and metadata of a file, after all checks. The tensors lie within
/// the file, one behind the other.
struct Header {
  /// The longest header that the reference implementation reads.
  static let byteCountLimit = 100_000_000
  /// The number of bytes at the start of a file that contain the header's
  /// length.
  static let lengthByteCount = 8

  /// The tensors, in the order of their bytes.
  private(set) var tensors: [StoredTensor]
  /// The tensors by their names.
  let names: NameOrder
  /// The metadata, without checksums.
  let metadata: Metadata
  /// Whether the header has checksums, and the policy is to verify them.
  let hasChecksums: Bool

  /// The length of the header, read from a file's first bytes.
  static func byteCount(
    _ lengthBytes: [UInt8], fileByteCount: Int
  ) throws(SafeTensorsFault) -> Int {
    guard fileByteCount >= lengthByteCount + 2 else {
      throw .noHeader(fileByteCount: fileByteCount)
    }
    let length = lengthBytes.reversed().reduce(UInt64(0)) {
      $0 << 8 | UInt64($1)
    }
    guard length <= UInt64(byteCountLimit) else {
      throw .noHeaderLength(length, limit: byteCountLimit)
    }
    guard Int(length) <= fileByteCount - lengthByteCount else {
      throw .headerCutOff(byteCount: Int(length), fileByteCount: fileByteCount)
    }
    return Int(length)
  }

  /// Checks a header against the number of bytes that follow it.
  ///
  /// - Complexity: O(*n* log *n*) for *n* bytes.
  init(
    _ bytes: [UInt8], dataByteCount: Int, checksums policy: ChecksumPolicy
  ) throws(SafeTensorsFault) {
    var text = try HeaderText(bytes)
    let checksums = try StoredChecksums(text, header: bytes, policy)
    hasChecksums = checksums != nil
    if policy == .required && !hasChecksums { throw .noChecksums }
    metadata =
      hasChecksums
      ? text.metadata.filter { !StoredChecksums.isReserved($0) } : text.metadata

    // The list of tensors is exchanged rather than read. A second reference to
    // the list would make a copy when the tensors get their checksums.
    tensors = exchange(&text.tensors, with: [])
    names = try NameOrder(tensors)
    try Self.checkPlaces(of: tensors, dataByteCount: dataByteCount)
    try checksums?.assign(to: &tensors, in: names)
  }

  /// Checks that each tensor has as many bytes as its shape needs, and that the
  /// tensors fill the file without gap or overlap.
  private static func checkPlaces(
    of tensors: [StoredTensor], dataByteCount: Int
  ) throws(SafeTensorsFault) {
    for tensor in tensors {
      let range = tensor.byteRange
      let expected = try tensor.description.validByteCount()
      guard range.count == expected else {
        throw .byteRange(
          range, expectedByteCount: expected, tensor: tensor.name)
      }
      guard range.upperBound <= dataByteCount else {
        throw .offsetsOutOfRange(
          range, dataByteCount: dataByteCount, tensor: tensor.name)
      }
    }
    var end = 0
    var previous = ""
    for tensor in tensors {
      let start = tensor.byteRange.lowerBound
      guard start >= end else {
        throw .overlappingTensors(previous, tensor.name)
      }
      guard start == end else {
        throw .gap(start: start, expected: end, tensor: tensor.name)
      }
      end = tensor.byteRange.upperBound
      previous = tensor.name
    }
    guard end == dataByteCount else {
      throw .trailingBytes(dataByteCount: dataByteCount, expected: end)
    }
  }
}
