//===--- StoredTensor.swift - a tensor in a file --------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A tensor in a file.
public struct StoredTensor: Sendable, Hashable {
  /// The name, type and shape.
  public let description: TensorDescription
  /// The place of the elements, counted from the end of the header.
  public let byteRange: Range<Int>
  /// The CRC-32C of the elements, if the file has it.
  public internal(set) var checksum: UInt32?

  /// The name.
  public var name: String { description.name }
  /// The type of the elements.
  public var scalarType: ScalarType { description.scalarType }
  /// The size of each dimension.
  public var shape: [Int] { description.shape }
  /// The number of bytes of the elements.
  public var byteCount: Int { byteRange.count }
}
