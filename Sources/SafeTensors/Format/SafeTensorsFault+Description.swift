//===--- SafeTensorsFault+Description.swift - errors in words -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension SafeTensorsFault: CustomStringConvertible {
  /// The value found and the rule that it breaks.
  package var description: String {
    switch self {
    case .noHeader(let count):
      "it has \(count) bytes, but a header needs at least 10: it is cut off, or "
        + "no safetensors file"
    case .noHeaderLength(let count, let limit):
      "its first 8 bytes announce a header of \(count) bytes, and there are none "
        + "of more than \(limit)"
    case .headerTooLong(let count, let limit):
      "the header has \(count) bytes: there must be at most \(limit)"
    case .headerCutOff(let count, let fileCount):
      "its first 8 bytes announce a header of \(count) bytes, but the file has "
        + "\(fileCount) bytes: it is cut off, or no safetensors file"
    case .malformedHeader(let fault, let offset):
      "byte \(offset) of the header: \(fault)"
    case .duplicateMetadataKey(let key):
      "two keys of the metadata are '\(key)', which may be spelled in several "
        + "ways"
    case .combiningMarks(let key, let limit):
      "the key '\(key)' of the metadata has a letter with more than \(limit) "
        + "combining marks"
    case .duplicateMetadata:
      "the header has two sets of metadata"
    case .duplicateField(let field, let tensor):
      "tensor '\(tensor)' has two fields '\(field)'"
    case .missingField(let field, let tensor):
      "tensor '\(tensor)' has no field '\(field)'"
    case .unknownScalarType(let type, let tensor):
      "the elements of tensor '\(tensor)' are of the unknown type '\(type)'"
    case .duplicateTensor(let name):
      "'\(name)' names two tensors"
    case .reservedName(let name):
      "'\(name)' has a meaning of its own in a file"
    case .negativeDimension, .tooManyElements, .partialByte, .tooManyBytes:
      descriptionOfSize
    case .reversedOffsets, .byteRange, .offsetsOutOfRange, .overlappingTensors,
      .gap, .trailingBytes:
      descriptionOfPlace
    case .noChecksums, .noHeaderChecksum, .malformedChecksum, .missingChecksum,
      .checksumOfUnknownTensor, .headerChecksum, .checksum:
      descriptionOfChecksum
    case .missingTensor, .unexpectedTensor, .scalarType, .shape, .byteCount,
      .incompleteTensor:
      descriptionOfExpectation
    }
  }

  private var descriptionOfSize: String {
    switch self {
    case .negativeDimension(let size, let tensor):
      "a dimension of tensor '\(tensor)' is \(size): it must be at least 0"
    case .tooManyElements(let shape, let tensor):
      "tensor '\(tensor)' of shape \(shape) has more bits than an Int counts"
    case .partialByte(let count, let tensor):
      "tensor '\(tensor)' has \(count) bits: they must fill whole bytes"
    default:
      "the tensors have more bytes than an Int counts"
    }
  }

  private var descriptionOfPlace: String {
    switch self {
    case .reversedOffsets(let start, let end, let tensor):
      "tensor '\(tensor)' starts at \(start), but ends at \(end)"
    case .byteRange(let range, let expected, let tensor):
      "tensor '\(tensor)' lies at \(range), \(range.count) bytes: its type and "
        + "shape need \(expected)"
    case .offsetsOutOfRange(let range, let count, let tensor):
      "tensor '\(tensor)' lies at \(range), but the file has only \(count) "
        + "bytes of elements"
    case .overlappingTensors(let first, let second):
      "tensors '\(first)' and '\(second)' share bytes"
    case .gap(let start, let expected, let tensor):
      "tensor '\(tensor)' starts at \(start), but must start at "
        + "\(expected), where the one before it ends"
    case .trailingBytes(let count, let expected):
      "the file has \(count) bytes of elements, but its tensors only "
        + "\(expected)"
    default:
      ""
    }
  }

  private var descriptionOfChecksum: String {
    switch self {
    case .noChecksums:
      "the file has no checksums"
    case .noHeaderChecksum(let key):
      "there is a checksum under '\(key)', but none of the header"
    case .malformedChecksum(let text, let key):
      "'\(text)', stored under '\(key)', is no checksum of 8 hexadecimal digits"
    case .missingChecksum(let tensor):
      "tensor '\(tensor)' has no checksum"
    case .checksumOfUnknownTensor(let tensor):
      "there is a checksum of '\(tensor)', but no such tensor"
    case .headerChecksum(let checksum, let expected):
      "the header is damaged: its checksum is \(checksum.hexadecimal), not "
        + "\(expected.hexadecimal)"
    case .checksum(let checksum, let expected, let tensor):
      "tensor '\(tensor)' is damaged: its checksum is "
        + "\(checksum.hexadecimal), not \(expected.hexadecimal)"
    default:
      ""
    }
  }

  private var descriptionOfExpectation: String {
    switch self {
    case .missingTensor(let name):
      "the file has no tensor '\(name)'"
    case .unexpectedTensor(let name):
      "the file has a tensor '\(name)', which nothing asks for"
    case .scalarType(let type, let expected, let tensor):
      "the elements of tensor '\(tensor)' are \(type): they must be "
        + "\(expected)"
    case .shape(let shape, let expected, let tensor):
      "tensor '\(tensor)' has shape \(shape): it must be \(expected)"
    case .byteCount(let count, let expected, let tensor):
      "\(count) bytes for tensor '\(tensor)': there must be \(expected)"
    case .incompleteTensor(let count, let expected, let tensor):
      "\(count) bytes of tensor '\(tensor)' were written: there must be "
        + "\(expected)"
    default:
      ""
    }
  }
}
