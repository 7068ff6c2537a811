//===--- HeaderChecksum.swift - checksums in a header ---------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The keys of the checksums in the metadata, and the checksum of a header.
///
/// `crc32c.` followed by a tensor's name is the key of the CRC-32C of the
/// tensor's elements. `crc32c` is the key of the header's own CRC-32C. The
/// header's CRC-32C is that of the 8 bytes of the header's length and the
/// header, with zeros in the place of the checksum's 8 digits.
enum HeaderChecksum {
  static let key = "crc32c"
  static let prefix = "crc32c."
  static let zeros = "00000000"

  /// The checksum of a header in which the checksum's digits start at
  /// `position`.
  static func expected(
    _ header: [UInt8], digitsAt position: Int
  ) -> UInt32 {
    var checksum = CRC32C()
    let length = Array(littleEndianBytes: UInt64(header.count))
    let digits = Array(zeros.utf8)
    checksum.update(length)
    checksum.update(header[..<position])
    checksum.update(digits)
    checksum.update(header[(position + digits.count)...])
    return checksum.value
  }
}

extension CRC32C {
  fileprivate mutating func update(_ bytes: some Collection<UInt8>) {
    let done: Void? = bytes.withContiguousStorageIfAvailable {
      unsafe update(UnsafeRawBufferPointer($0))
    }
    if done == nil { update(Array(bytes)) }
  }
}

extension [UInt8] {
  /// The 8 bytes of an integer, the lowest first.
  init(littleEndianBytes value: UInt64) {
    self = (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
