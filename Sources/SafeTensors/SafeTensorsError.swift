//===--- SafeTensorsError.swift - why a file is refused -----------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Glibc

/// Why a file was refused, or a call.
public enum SafeTensorsError: Error, Sendable, Hashable {
  /// The system refused an operation on a file.
  case file(FileError)

  // MARK: The header

  /// The file is too short to say how long its header is.
  case noHeader(fileByteCount: Int)
  /// The header is longer than other readers accept.
  case headerTooLong(byteCount: UInt64, limit: Int)
  /// The file ends within the header.
  case headerCutOff(byteCount: Int, fileByteCount: Int)
  /// The header is not the JSON it must be, from this byte of it on.
  case malformedHeader(HeaderFault, offset: Int)
  /// A key of the metadata occurs twice.
  case duplicateMetadataKey(String)
  /// The metadata occurs twice.
  case duplicateMetadata
  /// A field of a tensor occurs twice.
  case duplicateField(String, tensor: String)
  /// A tensor has a field that the format has not.
  case unknownField(String, tensor: String)
  /// A tensor lacks a field.
  case missingField(String, tensor: String)
  /// A tensor's elements are of a type that the format has not.
  case unknownScalarType(String, tensor: String)

  // MARK: Tensors

  /// Two tensors have this name.
  case duplicateTensor(String)
  /// This name or key of the metadata has another meaning in a file.
  case reservedName(String)
  /// The size of a dimension is negative.
  case negativeDimension(Int, tensor: String)
  /// A tensor has more bits than an `Int` counts.
  case tooManyElements(shape: [Int], tensor: String)
  /// The elements, of 4 or 6 bits, end within a byte.
  case partialByte(bitCount: Int, tensor: String)
  /// The tensors together have more bytes than an `Int` counts.
  case tooManyBytes

  // MARK: Where tensors lie

  /// The elements end before they start.
  case reversedOffsets(start: Int, end: Int, tensor: String)
  /// The elements fill more or fewer bytes than the type and shape need.
  case byteRange(Range<Int>, expectedByteCount: Int, tensor: String)
  /// The file ends before the elements.
  case offsetsOutOfRange(Range<Int>, dataByteCount: Int, tensor: String)
  /// Two tensors share bytes.
  case overlappingTensors(String, String)
  /// The elements start here, but those before them end there.
  case gap(start: Int, expected: Int, tensor: String)
  /// The file goes on behind the last tensor.
  case trailingBytes(dataByteCount: Int, expected: Int)

  // MARK: Checksums

  /// The file has no checksums, and they were required.
  case noChecksums
  /// The file has a checksum under this key of the metadata, but none of its
  /// header.
  case noHeaderChecksum(key: String)
  /// The checksum stored under this key of the metadata is not one.
  case malformedChecksum(String, key: String)
  /// A tensor has no checksum, but the file has others.
  case missingChecksum(tensor: String)
  /// The file has a checksum of a tensor that it does not have.
  case checksumOfUnknownTensor(String)
  /// The header is not the one that was written.
  case headerChecksum(UInt32, expected: UInt32)
  /// The elements are not those that were written.
  case checksum(UInt32, expected: UInt32, tensor: String)

  // MARK: What a caller expects

  /// The file lacks a tensor.
  case missingTensor(String)
  /// The file has a tensor that the caller does not know.
  case unexpectedTensor(String)
  /// A tensor has elements of another type.
  case scalarType(ScalarType, expected: ScalarType, tensor: String)
  /// A tensor has another shape.
  case shape([Int], expected: [Int], tensor: String)
  /// The caller's memory has another size than the elements.
  case byteCount(Int, expected: Int, tensor: String)
  /// A file is complete only with all bytes of every tensor.
  case incompleteTensor(byteCount: Int, expected: Int, tensor: String)
}

extension SafeTensorsError {
  /// Whether a file is not as it was written, rather than another than was
  /// expected, or out of reach.
  package var isDamage: Bool {
    switch self {
    case .file(let error):
      // The file ended early, or the device could not read it.
      error.operation == .read && (error.code == 0 || error.code == EIO)
    case .noChecksums, .missingTensor, .unexpectedTensor, .scalarType, .shape,
      .byteCount, .incompleteTensor, .reservedName:
      false
    default:
      true
    }
  }

  /// The result of an operation on a file.
  static func wrapping<Result: ~Copyable>(
    _ body: () throws(FileError) -> Result
  ) throws(SafeTensorsError) -> Result {
    do {
      return try body()
    } catch {
      throw .file(error)
    }
  }
}

/// What is wrong with a header.
public enum HeaderFault: Sendable, Hashable {
  /// The header ends too early.
  case unexpectedEnd
  /// There is another byte than must be.
  case unexpectedByte(UInt8, expected: String)
  /// A string is not UTF-8.
  case invalidUTF8
  /// A string has a control character that is not escaped.
  case controlCharacter(UInt8)
  /// A string has an escape that JSON has not, or half a surrogate pair.
  case invalidEscape
  /// A number has a leading zero, a sign, a fraction or an exponent.
  case invalidInteger
  /// A number is larger than an `Int`.
  case integerOverflow
}
