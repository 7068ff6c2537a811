//===--- SafeTensorsFault+Code.swift - groups of faults -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension SafeTensorsFault {
  /// The code of an error that has this fault.
  var code: SafeTensorsError.Code {
    switch self {
    case .noHeaderLength, .malformedHeader(_, offset: 0):
      .notSafeTensors
    case .noHeader, .headerCutOff, .offsetsOutOfRange:
      .truncated
    case .malformedHeader, .duplicateMetadataKey, .combiningMarks,
      .duplicateMetadata, .duplicateField, .missingField, .reversedOffsets,
      .byteRange, .overlappingTensors, .gap, .trailingBytes:
      .malformedHeader
    case .unknownScalarType:
      .unknownType
    case .headerTooLong, .duplicateTensor, .reservedName, .negativeDimension,
      .tooManyElements, .partialByte, .tooManyBytes:
      .invalidTensors
    case .noChecksums, .noHeaderChecksum, .malformedChecksum, .missingChecksum,
      .checksumOfUnknownTensor:
      .missingChecksum
    case .headerChecksum, .checksum:
      .wrongChecksum
    case .missingTensor:
      .missingTensor
    case .unexpectedTensor, .scalarType, .shape:
      .unexpectedTensor
    case .byteCount, .incompleteTensor:
      .wrongByteCount
    }
  }

  /// The name of the tensor that breaks the rule, if one tensor does.
  var tensor: String? {
    switch self {
    case .duplicateField(_, let tensor), .missingField(_, let tensor),
      .unknownScalarType(_, let tensor), .duplicateTensor(let tensor),
      .negativeDimension(_, let tensor), .tooManyElements(_, let tensor),
      .partialByte(_, let tensor), .reversedOffsets(_, _, let tensor),
      .byteRange(_, _, let tensor), .offsetsOutOfRange(_, _, let tensor),
      .overlappingTensors(_, let tensor), .gap(_, _, let tensor),
      .missingChecksum(let tensor), .checksumOfUnknownTensor(let tensor),
      .checksum(_, _, let tensor), .missingTensor(let tensor),
      .unexpectedTensor(let tensor), .scalarType(_, _, let tensor),
      .shape(_, _, let tensor), .byteCount(_, _, let tensor),
      .incompleteTensor(_, _, let tensor):
      tensor
    case .noHeader, .noHeaderLength, .headerTooLong, .headerCutOff,
      .malformedHeader, .duplicateMetadataKey, .combiningMarks,
      .duplicateMetadata, .reservedName, .tooManyBytes, .trailingBytes,
      .noChecksums, .noHeaderChecksum, .malformedChecksum, .headerChecksum:
      nil
    }
  }

  /// Whether the file's beginning shows that it is of another format, even if
  /// the file is cut off.
  var isOfAnotherFormat: Bool { code == .notSafeTensors }

  /// Whether the file is not as it was written.
  var isDamage: Bool {
    switch self {
    case .noChecksums, .missingTensor, .unexpectedTensor, .scalarType, .shape,
      .byteCount, .incompleteTensor, .reservedName, .headerTooLong:
      false
    default:
      true
    }
  }
}
