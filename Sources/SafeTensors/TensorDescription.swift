//===--- TensorDescription.swift - a tensor without its elements --------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What a file says of a tensor, without its elements.
public struct TensorDescription: Sendable, Hashable {
  /// A name that no other tensor of the file has. Names that Unicode considers
  /// equal are one name.
  public var name: String
  /// What the elements are.
  public var scalarType: ScalarType
  /// The size of each dimension, each at least 0. A scalar has no dimension.
  public var shape: [Int]

  /// A tensor of this name, type and shape.
  public init(_ name: String, _ scalarType: ScalarType, shape: [Int]) {
    self.name = name
    self.scalarType = scalarType
    self.shape = shape
  }

  /// The number of bytes of the elements.
  ///
  /// - Throws: ``SafeTensorsError/negativeDimension(_:tensor:)``,
  ///   ``SafeTensorsError/tooManyElements(shape:tensor:)``, or
  ///   ``SafeTensorsError/partialByte(bitCount:tensor:)`` where the elements end
  ///   within a byte.
  /// - Complexity: O(*d*) for *d* dimensions.
  public func byteCount() throws(SafeTensorsError) -> Int {
    var factors = shape
    factors.append(scalarType.bitCount)
    var bitCount = 1
    for factor in factors {
      guard factor >= 0 else {
        throw .negativeDimension(factor, tensor: name)
      }
      let (product, overflows) = bitCount.multipliedReportingOverflow(
        by: factor)
      // A later 0 does not help: other readers refuse this too.
      guard !overflows else {
        throw .tooManyElements(shape: shape, tensor: name)
      }
      bitCount = product
    }
    guard bitCount.isMultiple(of: 8) else {
      throw .partialByte(bitCount: bitCount, tensor: name)
    }
    return bitCount / 8
  }
}

/// A tensor in a file.
public struct StoredTensor: Sendable, Hashable {
  /// The name, type and shape.
  public let description: TensorDescription
  /// Where the elements lie, counted from the end of the header.
  public let byteRange: Range<Int>
  /// The CRC-32C of the elements, where the file has it.
  public let checksum: UInt32?

  /// The name.
  public var name: String { description.name }
  /// What the elements are.
  public var scalarType: ScalarType { description.scalarType }
  /// The size of each dimension.
  public var shape: [Int] { description.shape }
  /// The number of bytes of the elements.
  public var byteCount: Int { byteRange.count }
}
