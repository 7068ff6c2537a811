//===--- SafeTensorsFault.swift - what is wrong with a file ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A rule that a file, or a call that reads or writes it, breaks.
package enum SafeTensorsFault: Error, Sendable, Hashable {
  // MARK: The header

  /// The file is too short to contain the length of its header.
  case noHeader(fileByteCount: Int)
  /// The file's first 8 bytes are more than the length of the longest header:
  /// the file is no safetensors file.
  case noHeaderLength(UInt64, limit: Int)
  /// A header that was to be written is longer than readers accept.
  case headerTooLong(byteCount: Int, limit: Int)
  /// The file ends within the header.
  case headerCutOff(byteCount: Int, fileByteCount: Int)
  /// The header breaks a rule of JSON at this byte of the header.
  case malformedHeader(HeaderFault, offset: Int)
  /// Two keys of the metadata have the same bytes, or a `Dictionary` was to be
  /// made of two keys that Unicode considers equal.
  case duplicateMetadataKey(String)
  /// A key of the metadata has so many combining marks on a letter that a
  /// `Dictionary` would take too long to compare keys.
  case combiningMarks(key: String, limit: Int)
  /// The metadata occurs twice.
  case duplicateMetadata
  /// A field of a tensor occurs twice.
  case duplicateField(String, tensor: String)
  /// A tensor lacks a field.
  case missingField(String, tensor: String)
  /// A tensor's elements are of a type that the format does not have.
  case unknownScalarType(String, tensor: String)

  // MARK: Tensors

  /// Two tensors have this name.
  case duplicateTensor(String)
  /// The format uses the name of a tensor, or a key of the metadata, for
  /// another purpose.
  case reservedName(String)
  /// The size of a dimension is negative.
  case negativeDimension(Int, tensor: String)
  /// A tensor has more bits than an `Int` counts.
  case tooManyElements(shape: [Int], tensor: String)
  /// The elements, of 4 or 6 bits, end within a byte.
  case partialByte(bitCount: Int, tensor: String)
  /// The tensors together have more bytes than an `Int` counts.
  case tooManyBytes

  // MARK: Places of tensors

  /// The elements end before they start.
  case reversedOffsets(start: Int, end: Int, tensor: String)
  /// The elements fill more or fewer bytes than the type and shape need.
  case byteRange(Range<Int>, expectedByteCount: Int, tensor: String)
  /// The file ends before the elements.
  case offsetsOutOfRange(Range<Int>, dataByteCount: Int, tensor: String)
  /// Two tensors share bytes.
  case overlappingTensors(String, String)
  /// The elements do not start at the byte where the tensor before ends.
  case gap(start: Int, expected: Int, tensor: String)
  /// The file goes on behind the last tensor.
  case trailingBytes(dataByteCount: Int, expected: Int)

  // MARK: Checksums

  /// The file has no checksums, which were required.
  case noChecksums
  /// The file has a checksum under this key of the metadata, but no checksum of
  /// its header.
  case noHeaderChecksum(key: String)
  /// The text under this key of the metadata is no checksum.
  case malformedChecksum(String, key: String)
  /// A tensor has no checksum, although the file has checksums.
  case missingChecksum(tensor: String)
  /// The file has a checksum of this tensor, but not the tensor.
  case checksumOfUnknownTensor(String)
  /// The header is not the header that was written.
  case headerChecksum(UInt32, expected: UInt32)
  /// The elements are not the elements that were written.
  case checksum(UInt32, expected: UInt32, tensor: String)

  // MARK: Expectations of a caller

  /// The file lacks a tensor.
  case missingTensor(String)
  /// The file has a tensor that the caller does not know.
  case unexpectedTensor(String)
  /// The elements of a tensor have another type than the caller expects.
  case scalarType(
    TensorElementType, expected: TensorElementType, tensor: String)
  /// A tensor has another shape than the caller expects.
  case shape([Int], expected: [Int], tensor: String)
  /// The caller's memory has another size than the elements.
  case byteCount(Int, expected: Int, tensor: String)
  /// A file was to be finished before all bytes of this tensor were written.
  case incompleteTensor(byteCount: Int, expected: Int, tensor: String)
}
