//===--- StoredChecksums.swift - the checksums that a header has ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The checksums of tensors in a header whose own checksum is right.
struct StoredChecksums {
  private let metadata: Metadata

  /// Whether a key of the metadata is the key of a checksum.
  static func isReserved(_ key: String) -> Bool {
    key.hasBytes(of: HeaderChecksum.key) || tensor(of: key) != nil
  }

  /// The name of the tensor whose checksum has this key.
  private static func tensor(of key: String) -> String? {
    // The comparison is one of bytes: a name may start with a combining mark,
    // which Unicode joins to the last character of the prefix.
    let prefix = HeaderChecksum.prefix.utf8
    guard key.utf8.starts(with: prefix) else { return nil }
    return String(Substring(key.utf8.dropFirst(prefix.count)))
  }

  /// Finds the checksums of a header, and verifies the header's own checksum.
  /// The result is `nil` if the header has no checksums, or the policy is to
  /// ignore checksums.
  init?(
    _ text: HeaderText, header: [UInt8], _ policy: ChecksumPolicy
  ) throws(SafeTensorsFault) {
    if policy == .ignored { return nil }
    metadata = text.metadata
    let digits = metadata[HeaderChecksum.key]
    guard let stored = digits.flatMap({ UInt32(hexadecimal: $0) }),
      let position = text.headerChecksumPosition,
      // Digits that are written as escapes fill more than 8 bytes.
      header[position..<(position + 8)].elementsEqual(stored.hexadecimal.utf8),
      header[position - 1] == UInt8(ascii: "\"")
    else {
      let first = metadata.position(of: HeaderChecksum.prefix)
      let other = metadata[first...].first.flatMap {
        Self.tensor(of: $0.key) == nil ? nil : $0.key
      }
      if let digits, other != nil || policy == .required {
        throw .malformedChecksum(digits, key: HeaderChecksum.key)
      }
      if let other { throw .noHeaderChecksum(key: other) }
      return nil
    }
    let found = HeaderChecksum.expected(header, digitsAt: position)
    guard found == stored else {
      throw .headerChecksum(found, expected: stored)
    }
  }

  /// Gives all tensors of the file their checksums.
  ///
  /// - Complexity: O(*n*) for *n* bytes of names.
  func assign(
    to tensors: inout [StoredTensor], in order: NameOrder
  ) throws(SafeTensorsFault) {
    // The metadata and the tensors are both in the order of the names' bytes.
    var rest = order.indices[...]
    let first = metadata.position(of: HeaderChecksum.prefix)
    for (key, digits) in metadata[first...] {
      guard let name = Self.tensor(of: key) else { break }
      guard let index = rest.popFirst(),
        !name.precedesInBytes(tensors[index].name)
      else { throw .checksumOfUnknownTensor(name) }
      guard name.hasBytes(of: tensors[index].name) else {
        throw .missingChecksum(tensor: tensors[index].name)
      }
      guard let checksum = UInt32(hexadecimal: digits) else {
        throw .malformedChecksum(digits, key: key)
      }
      tensors[index].checksum = checksum
    }
    if let index = rest.first {
      throw .missingChecksum(tensor: tensors[index].name)
    }
  }
}
