//===--- StoredChecksums.swift - the checksums that a header has --------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The checksums of tensors that a header has, by their names.
struct StoredChecksums {
  private var checksums: [String: UInt32] = [:]

  /// The tensors whose checksums have not been taken.
  var names: some Collection<String> { checksums.keys }

  /// Whether a key of the metadata is one of a checksum.
  static func isReserved(_ key: String) -> Bool {
    key == HeaderChecksum.key || tensor(of: key) != nil
  }

  /// The tensor whose checksum has this key.
  private static func tensor(of key: String) -> String? {
    // Bytes, as a name may start with what Unicode joins to the prefix.
    let prefix = HeaderChecksum.prefix.utf8
    guard key.utf8.starts(with: prefix) else { return nil }
    return String(Substring(key.utf8.dropFirst(prefix.count)))
  }

  /// Reads them, and checks the header's own; `nil` where it has none.
  init?(_ text: HeaderText, header: [UInt8]) throws(SafeTensorsError) {
    guard let digits = text.metadata[HeaderChecksum.key],
      let position = text.headerChecksumPosition
    else {
      if let key = text.metadata.keys.filter(Self.isReserved).min() {
        throw .noHeaderChecksum(key: key)
      }
      return nil
    }
    let stored = try Self.checksum(digits, key: HeaderChecksum.key)
    // Escapes would make the digits longer in the file than they are.
    guard header[position - 1] == UInt8(ascii: "\""),
      header[position..<(position + 8)].elementsEqual(digits.utf8)
    else {
      throw .malformedChecksum(digits, key: HeaderChecksum.key)
    }
    let found = HeaderChecksum.expected(header, digitsAt: position)
    guard found == stored else {
      throw .headerChecksum(found, expected: stored)
    }
    for (key, digits) in text.metadata {
      guard let name = Self.tensor(of: key) else { continue }
      checksums[name] = try Self.checksum(digits, key: key)
    }
  }

  /// Removes the checksum of a tensor.
  mutating func take(for tensor: String) throws(SafeTensorsError) -> UInt32 {
    guard let checksum = checksums.removeValue(forKey: tensor) else {
      throw .missingChecksum(tensor: tensor)
    }
    return checksum
  }

  private static func checksum(
    _ digits: String, key: String
  ) throws(SafeTensorsError) -> UInt32 {
    guard let checksum = UInt32(hexadecimal: digits) else {
      throw .malformedChecksum(digits, key: key)
    }
    return checksum
  }
}
