//===--- TensorDescription.swift - a tensor without its elements ----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A tensor's name, type and shape.
public struct TensorDescription: Sendable, Hashable {
  /// A name that no other tensor of the file has.
  ///
  /// Names are compared by their UTF-8 bytes, as in other programs: the two
  /// spellings of `"é"` are two names.
  public var name: String
  /// The type of the elements.
  public var scalarType: ScalarType
  /// The size of each dimension, at least 0. A scalar has no dimension.
  public var shape: [Int]

  /// A tensor of this name, type and shape.
  public init(_ name: String, _ scalarType: ScalarType, shape: [Int]) {
    self.name = name
    self.scalarType = scalarType
    self.shape = shape
  }

  /// The number of bytes of the elements.
  ///
  /// - Throws: ``SafeTensorsFault/negativeDimension(_:tensor:)``,
  ///   ``SafeTensorsFault/tooManyElements(shape:tensor:)``, or
  ///   ``SafeTensorsFault/partialByte(bitCount:tensor:)`` if the elements end
  ///   within a byte.
  /// - Complexity: O(*d*) for *d* dimensions.
  public func byteCount() throws(SafeTensorsFault) -> Int {
    var bitCount = 1
    func multiply(by factor: Int) throws(SafeTensorsFault) {
      let (product, overflows) = bitCount.multipliedReportingOverflow(
        by: factor)
      // An overflow is refused even before a dimension of 0, as in other
      // readers.
      guard !overflows else {
        throw .tooManyElements(shape: shape, tensor: name)
      }
      bitCount = product
    }
    for size in shape {
      guard size >= 0 else {
        throw .negativeDimension(size, tensor: name)
      }
      try multiply(by: size)
    }
    try multiply(by: scalarType.bitCount)
    guard bitCount.isMultiple(of: 8) else {
      throw .partialByte(bitCount: bitCount, tensor: name)
    }
    return bitCount / 8
  }
}

extension TensorDescription {
  /// Whether names have the same bytes, and types and shapes are the same.
  public static func == (left: Self, right: Self) -> Bool {
    left.scalarType == right.scalarType && left.shape == right.shape
      && left.name.hasBytes(of: right.name)
  }

  /// Hashes the name's bytes, the type and the shape.
  public func hash(into hasher: inout Hasher) {
    for byte in name.utf8 { hasher.combine(byte) }
    hasher.combine(scalarType)
    hasher.combine(shape)
  }
}
