//===--- HeaderText.swift - what a header says, unchecked -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The content of a header's JSON, before the content is compared with the
/// file.
struct HeaderText {
  static let metadataName = "__metadata__"
  /// The length of the shortest entry of a tensor, which is
  /// `"":{"dtype":"U8","shape":[],"data_offsets":[0,0]}`.
  private static let leastTensorByteCount = 49
  /// The length of the shortest entry of the metadata, which is `"":"",`.
  private static let leastMetadataByteCount = 6

  /// The tensors, in the order of their bytes, without checksums.
  var tensors: [StoredTensor] = []
  private(set) var metadata = Metadata()
  /// The place of the first digit of the header's own checksum.
  private(set) var headerChecksumPosition: Int?

  /// Reads the JSON.
  ///
  /// - Complexity: O(*n* log *n*) for *n* bytes.
  init(_ bytes: [UInt8]) throws(SafeTensorsFault) {
    // The format allows no white space before the brace.
    guard bytes.first == UInt8(ascii: "{") else {
      throw .malformedHeader(
        bytes.first.map { .unexpectedByte($0, expected: "'{'") }
          ?? .unexpectedEnd, offset: 0)
    }
    var scanner = HeaderScanner(bytes)
    // A list that grows leaves the memory of its smaller copies behind.
    tensors.reserveCapacity(
      min(
        bytes.count { $0 == UInt8(ascii: "{") },
        bytes.count / Self.leastTensorByteCount))
    metadata.reserveCapacity(
      min(
        bytes.count { $0 == UInt8(ascii: ":") },
        bytes.count / Self.leastMetadataByteCount))
    var hasMetadata = false
    try scanner.expect("{")
    try scanner.list(until: "}") { scanner throws(SafeTensorsFault) in
      let name = try scanner.key()
      if name.hasBytes(of: Self.metadataName) {
        guard !hasMetadata else { throw .duplicateMetadata }
        hasMetadata = true
        try readMetadata(&scanner)
      } else {
        tensors.append(try Self.tensor(name, &scanner))
      }
    }
    try scanner.expectEnd()
    if let key = metadata.sort() { throw .duplicateMetadataKey(key) }
    // A tensor without bytes comes before a tensor that starts at the same
    // place.
    tensors.sort {
      ($0.byteRange.lowerBound, $0.byteRange.upperBound)
        < ($1.byteRange.lowerBound, $1.byteRange.upperBound)
    }
  }

  private mutating func readMetadata(
    _ scanner: inout HeaderScanner
  ) throws(SafeTensorsFault) {
    // The reference implementation reads a null as no metadata.
    if scanner.skipNull() { return }
    try scanner.expect("{")
    try scanner.list(until: "}") { scanner throws(SafeTensorsFault) in
      var position = 0
      try metadata.append { bytes throws(SafeTensorsFault) in
        try scanner.string(into: &bytes)
        try scanner.expect(":")
      } value: { bytes throws(SafeTensorsFault) in
        let start = bytes.count
        try scanner.string(into: &bytes)
        position = scanner.position - 1 - (bytes.count - start)
      }
      if metadata.endsWith(key: HeaderChecksum.key) {
        headerChecksumPosition = position
      }
    }
  }

  private static func tensor(
    _ name: String, _ scanner: inout HeaderScanner
  ) throws(SafeTensorsFault) -> StoredTensor {
    var type: TensorElementType?
    var shape: [Int]?
    var offsets: (start: Int, end: Int)?
    try scanner.expect("{")
    try scanner.list(until: "}") { scanner throws(SafeTensorsFault) in
      let field = try scanner.key()
      let isNew: Bool
      if field.hasBytes(of: "dtype") {
        isNew = type == nil
        type = try Self.elementType(scanner.string(), tensor: name)
      } else if field.hasBytes(of: "shape") {
        isNew = shape == nil
        shape = try scanner.integers()
      } else if field.hasBytes(of: "data_offsets") {
        isNew = offsets == nil
        try scanner.expect("[")
        let start = try scanner.integer()
        try scanner.expect(",")
        offsets = (start, try scanner.integer())
        try scanner.expect("]")
      } else {
        // The reference implementation ignores unknown fields too: later
        // versions of the format may add fields.
        isNew = true
        try scanner.skipValue()
      }
      guard isNew else { throw .duplicateField(field, tensor: name) }
    }
    guard let type else { throw .missingField("dtype", tensor: name) }
    guard let shape else { throw .missingField("shape", tensor: name) }
    guard let offsets else {
      throw .missingField("data_offsets", tensor: name)
    }
    guard offsets.start <= offsets.end else {
      throw .reversedOffsets(
        start: offsets.start, end: offsets.end, tensor: name)
    }
    return StoredTensor(
      description: TensorDescription(name, type, shape: shape),
      byteRange: offsets.start..<offsets.end, checksum: nil)
  }

  private static func elementType(
    _ text: String, tensor: String
  ) throws(SafeTensorsFault) -> TensorElementType {
    // Unicode considers some texts with other characters than ASCII's equal to
    // names of types.
    guard text.utf8.allSatisfy({ $0 < 0x80 }),
      let type = TensorElementType(rawValue: text)
    else { throw .unknownScalarType(text, tensor: tensor) }
    return type
  }
}
