//===--- HeaderEncoding.swift - a header as bytes -----------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The header of a file that is being written, and where its tensors lie.
struct HeaderEncoding {
  /// The tensors, in the order of their bytes: that of the reference
  /// implementation, where wider types come first and then names decide.
  let tensors: [TensorDescription]
  let byteRanges: [Range<Int>]
  /// The bytes of all tensors.
  let dataByteCount: Int

  private let metadata: [(key: String, value: String)]

  /// Where the digits of the header's own checksum start, behind its length.
  private static let checksumPosition = prologue.count - 1 - 8
  private static let prologue = Array(
    """
    {"\(HeaderText.metadataName)":{\
    "\(HeaderChecksum.key)":"\(HeaderChecksum.zeros)"
    """.utf8)

  /// Lays tensors out, and checks them.
  ///
  /// - Complexity: O(*n* log *n*) for *n* tensors.
  init(
    _ tensors: [TensorDescription], metadata: [String: String]
  ) throws(SafeTensorsError) {
    self.tensors = tensors.sorted { left, right in
      left.scalarType == right.scalarType
        ? left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        : left.scalarType > right.scalarType
    }
    self.metadata = metadata.sorted {
      $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
    }
    for (key, _) in self.metadata where StoredChecksums.isReserved(key) {
      throw .reservedName(key)
    }
    var names: Set<String> = []
    var byteRanges: [Range<Int>] = []
    var end = 0
    for tensor in self.tensors {
      guard tensor.name != HeaderText.metadataName else {
        throw .reservedName(tensor.name)
      }
      guard names.insert(tensor.name).inserted else {
        throw .duplicateTensor(tensor.name)
      }
      let start = end
      let (sum, overflows) = start.addingReportingOverflow(
        try tensor.byteCount())
      // Room for the header must be left too.
      guard !overflows, sum <= Int.max - 2 * Header.byteCountLimit else {
        throw .tooManyBytes
      }
      end = sum
      byteRanges.append(start..<end)
    }
    self.byteRanges = byteRanges
    dataByteCount = end
  }

  /// What the elements start at a multiple of: 8 bytes, as in the reference
  /// implementation, but a page where there are so many that it hardly counts.
  /// The system copies whole pages faster than parts of two.
  private var alignment: Int { dataByteCount < 1 << 20 ? 8 : 4096 }

  /// The length of the header and the header, filled up with spaces to where
  /// the elements start. It has as many bytes for all checksums.
  func bytes(checksums: [UInt32]) throws(SafeTensorsError) -> [UInt8] {
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
          :{"dtype":"\(tensor.scalarType)","shape":[\(shape)],\
          "data_offsets":[\(range.lowerBound),\(range.upperBound)]}
          """.utf8)
    }
    header.append(UInt8(ascii: "}"))
    while !(Header.lengthByteCount + header.count).isMultiple(of: alignment) {
      header.append(0x20)
    }
    guard header.count <= Header.byteCountLimit else {
      throw .headerTooLong(
        byteCount: UInt64(header.count), limit: Header.byteCountLimit)
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
  /// Appends a string in quotation marks, with the escapes that the reference
  /// implementation writes.
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
