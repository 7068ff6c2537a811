//===--- HeaderEncoding.swift - a header as bytes -------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The header of a file that is being written, and the places of its tensors.
struct HeaderEncoding {
  /// The tensors, in the order of their bytes in the file. As in the reference
  /// implementation, wider types come first, and tensors of one type are in the
  /// order of their names.
  let tensors: [TensorDescription]
  /// The tensors by their names.
  let names: NameOrder
  /// The place of each tensor's elements, counted from the end of the header.
  let byteRanges: [Range<Int>]
  /// The number of bytes of all tensors together.
  let dataByteCount: Int

  private var metadata: [(key: String, value: String)]

  /// The place in the header where the digits of its own checksum start.
  private static let checksumPosition = prologue.count - 1 - 8
  private static let prologue = Array(
    """
    {"\(HeaderText.metadataName)":{\
    "\(HeaderChecksum.key)":"\(HeaderChecksum.zeros)"
    """.utf8)

  /// Checks the tensors, and gives each a place in the file.
  ///
  /// - Complexity: O(*n* log *n*) for *n* tensors.
  init(
    _ tensors: [TensorDescription], metadata: Metadata
  ) throws(SafeTensorsFault) {
    self.tensors = tensors.sorted { left, right in
      left.elementType == right.elementType
        ? left.name.precedesInBytes(right.name)
        : left.elementType.rank > right.elementType.rank
    }
    names = try NameOrder(self.tensors)
    self.metadata = Array(metadata)
    for (key, _) in metadata where StoredChecksums.isReserved(key) {
      throw .reservedName(key)
    }
    var byteRanges: [Range<Int>] = []
    var end = 0
    for tensor in self.tensors {
      guard !tensor.name.hasBytes(of: HeaderText.metadataName) else {
        throw .reservedName(tensor.name)
      }
      let start = end
      let (sum, overflows) = start.addingReportingOverflow(
        try tensor.validByteCount())
      // The header's length is added to the sum later. The addition must not
      // overflow.
      guard !overflows, sum <= Int.max - 2 * Header.byteCountLimit else {
        throw .tooManyBytes
      }
      end = sum
      byteRanges.append(start..<end)
    }
    self.byteRanges = byteRanges
    dataByteCount = end
  }

  /// Gives a key of the metadata another value. The new value must have as many
  /// bytes as the first value, since the elements may lie behind the header
  /// already. Neither value may need escapes.
  mutating func replaceMetadata(_ key: String, with value: String) {
    let index = metadata.firstIndex { $0.key == key }
    guard let index, metadata[index].value.utf8.count == value.utf8.count else {
      preconditionFailure("a value is replaced by one with as many bytes")
    }
    metadata[index].value = value
  }

  /// The number of bytes of which the place of the first element is a multiple:
  /// 8, as in the reference implementation. From 1 MiB of elements on, the
  /// number is that of a page, since the system copies whole pages faster than
  /// parts of two pages.
  private var alignment: Int { dataByteCount < 1 << 20 ? 8 : 4096 }

  /// The header's length, the header, and spaces up to the first element. The
  /// number of bytes does not depend on the checksums.
  func bytes(checksums: [UInt32]) throws(SafeTensorsFault) -> [UInt8] {
    var header = Self.prologue
    for (tensor, checksum) in zip(tensors, checksums) {
      header.append(UInt8(ascii: ","))
      header.append(jsonString: HeaderChecksum.prefix + tensor.name)
      header.append(contentsOf: ":\"\(checksum.hexadecimal)\"".utf8)
    }
    for (key, value) in metadata {
      header.append(UInt8(ascii: ","))
      header.append(jsonString: key)
      header.append(UInt8(ascii: ":"))
      header.append(jsonString: value)
    }
    header.append(UInt8(ascii: "}"))
    for (tensor, range) in zip(tensors, byteRanges) {
      header.append(UInt8(ascii: ","))
      header.append(jsonString: tensor.name)
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      header.append(
        contentsOf: """
          :{"dtype":"\(tensor.elementType)","shape":[\(shape)],\
          "data_offsets":[\(range.lowerBound),\(range.upperBound)]}
          """.utf8)
    }
    header.append(UInt8(ascii: "}"))
    while !(Header.lengthByteCount + header.count).isMultiple(of: alignment) {
      header.append(0x20)
    }
    guard header.count <= Header.byteCountLimit else {
      throw .headerTooLong(
        byteCount: header.count, limit: Header.byteCountLimit)
    }
    let checksum = HeaderChecksum.expected(
      header, digitsAt: Self.checksumPosition)
    header.replaceSubrange(
      Self.checksumPosition..<(Self.checksumPosition + 8),
      with: checksum.hexadecimal.utf8)
    return Array(littleEndianBytes: UInt64(header.count)) + header
  }
}

extension [UInt8] {
  /// Appends a string in quotation marks, with the escapes of the reference
  /// implementation.
  fileprivate mutating func append(jsonString string: String) {
    append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch Unicode.Scalar(byte) {
      case "\"": append(contentsOf: "\\\"".utf8)
      case "\\": append(contentsOf: "\\\\".utf8)
      case "\u{08}": append(contentsOf: "\\b".utf8)
      case "\t": append(contentsOf: "\\t".utf8)
      case "\n": append(contentsOf: "\\n".utf8)
      case "\u{0C}": append(contentsOf: "\\f".utf8)
      case "\r": append(contentsOf: "\\r".utf8)
      case ..<"\u{20}":
        append(contentsOf: (byte < 16 ? "\\u000" : "\\u00").utf8)
        append(contentsOf: String(byte, radix: 16).utf8)
      default: append(byte)
      }
    }
    append(UInt8(ascii: "\""))
  }
}
