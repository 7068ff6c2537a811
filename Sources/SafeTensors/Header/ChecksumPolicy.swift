//===--- ChecksumPolicy.swift - whether a file must have checksums --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// Whether a file must have checksums.
public enum ChecksumPolicy: Sendable, Hashable {
  /// Checksums are not verified, and their texts stay in the metadata. With
  /// this policy every safetensors file can be read, even a file to which
  /// another tool has given metadata under the key `crc32c`.
  case ignored
  /// A file without checksums is read, since other tools write none. Checksums
  /// that the file has must be right.
  ///
  /// A file has checksums if its metadata has 8 hexadecimal digits under the
  /// key `crc32c`, or any text under a key that begins with `crc32c.`. Another
  /// text under `crc32c` is metadata like any other.
  case whereStored
  /// A file without checksums is refused: see
  /// ``SafeTensorsError/Code/missingChecksum``.
  case required
}
