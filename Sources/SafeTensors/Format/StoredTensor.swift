//===--- StoredTensor.swift - a tensor in a file --------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A tensor in a file, and the place of its elements.
package struct StoredTensor: Sendable, Hashable {
  /// The name, type and shape.
  package let description: TensorDescription
  /// The place of the elements, counted from the end of the header.
  package let byteRange: Range<Int>
  /// The CRC-32C of the elements, if the file has it.
  package internal(set) var checksum: UInt32?

  package var name: String { description.name }
  /// The number of bytes of the elements.
  package var byteCount: Int { byteRange.count }
}
