//===--- TensorDescription.swift - a tensor without its elements ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A tensor's name, type and shape.
///
/// Descriptions are equal if their names have the same UTF-8 bytes, and their
/// types and shapes are equal.
public struct TensorDescription: Sendable, Hashable {
  /// A name that no other tensor of the file has.
  ///
  /// Names are compared by their UTF-8 bytes, as in other programs: the two
  /// spellings of `"é"` are two names.
  public var name: String {
    get { exactName.text }
    set { exactName.text = newValue }
  }

  /// The type of the elements.
  public var elementType: TensorElementType
  /// The size of each dimension, at least 0. A scalar has no dimension.
  public var shape: [Int]

  private var exactName: ExactText

  /// A tensor of this name, type and shape.
  ///
  /// No value is checked here. ``byteCount()`` and ``SafeTensorsWriter`` throw
  /// an error for a tensor that no file can have.
  public init(
    _ name: String, _ elementType: TensorElementType, shape: [Int]
  ) {
    exactName = ExactText(text: name)
    self.elementType = elementType
    self.shape = shape
  }

  /// The number of bytes of the elements.
  ///
  /// - Throws: ``SafeTensorsError`` of the code
  ///   ``SafeTensorsError/Code/invalidTensors``: a dimension is negative, the
  ///   tensor has more bits than an `Int` counts, or elements of 4 or 6 bits
  ///   end within a byte. A description of a tensor in a file throws no error.
  /// - Complexity: O(*d*) for *d* dimensions.
  public func byteCount() throws(SafeTensorsError) -> Int {
    try SafeTensorsError.wrapping(nil) { () throws(SafeTensorsFault) in
      try validByteCount()
    }
  }

  /// The number of bytes of the elements.
  ///
  /// - Throws: ``SafeTensorsFault/negativeDimension(_:tensor:)``,
  ///   ``SafeTensorsFault/tooManyElements(shape:tensor:)``, or
  ///   ``SafeTensorsFault/partialByte(bitCount:tensor:)`` if the elements end
  ///   within a byte.
  func validByteCount() throws(SafeTensorsFault) -> Int {
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
    try multiply(by: elementType.bitCount)
    guard bitCount.isMultiple(of: 8) else {
      throw .partialByte(bitCount: bitCount, tensor: name)
    }
    return bitCount / 8
  }
}
