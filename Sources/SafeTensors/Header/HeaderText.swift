//===--- HeaderText.swift - what a header says, unchecked ---------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What the JSON of a header says, before it is compared with the file.
struct HeaderText {
  /// A tensor, with its offsets.
  struct Tensor {
    var description: TensorDescription
    var start: Int
    var end: Int
  }

  static let metadataName = "__metadata__"

  private(set) var tensors: [Tensor] = []
  private(set) var metadata: [String: String] = [:]
  /// Where in the header the value of a key of the metadata starts, behind its
  /// quotation mark.
  private(set) var headerChecksumPosition: Int?

  /// Reads the JSON.
  init(_ bytes: [UInt8]) throws(SafeTensorsError) {
    // Other readers want the brace to be the very first byte.
    guard bytes.first == UInt8(ascii: "{") else {
      throw .malformedHeader(
        bytes.first.map { .unexpectedByte($0, expected: "'{'") }
          ?? .unexpectedEnd, offset: 0)
    }
    var scanner = HeaderScanner(bytes)
    var names: Set<String> = []
    try scanner.expect("{")
    try scanner.list(until: "}") { scanner throws(SafeTensorsError) in
      let name = try scanner.key()
      let isNew = names.insert(name).inserted
      if name == Self.metadataName {
        guard isNew else { throw .duplicateMetadata }
        try readMetadata(&scanner)
      } else {
        guard isNew else { throw .duplicateTensor(name) }
        tensors.append(try Self.tensor(name, &scanner))
      }
    }
    try scanner.expectEnd()
  }

  private mutating func readMetadata(
    _ scanner: inout HeaderScanner
  ) throws(SafeTensorsError) {
    try scanner.expect("{")
    try scanner.list(until: "}") { scanner throws(SafeTensorsError) in
      let key = try scanner.key()
      let value = try scanner.string()
      guard metadata.updateValue(value, forKey: key) == nil else {
        throw .duplicateMetadataKey(key)
      }
      if key == HeaderChecksum.key {
        headerChecksumPosition = scanner.position - 1 - value.utf8.count
      }
    }
  }

  private static func tensor(
    _ name: String, _ scanner: inout HeaderScanner
  ) throws(SafeTensorsError) -> Tensor {
    var type: ScalarType?
    var shape: [Int]?
    var offsets: (start: Int, end: Int)?
    try scanner.expect("{")
    try scanner.list(until: "}") { scanner throws(SafeTensorsError) in
      let field = try scanner.key()
      let isNew: Bool
      switch field {
      case "dtype":
        isNew = type == nil
        let text = try scanner.string()
        type = ScalarType(rawValue: text)
        guard type != nil else {
          throw .unknownScalarType(text, tensor: name)
        }
      case "shape":
        isNew = shape == nil
        var sizes: [Int] = []
        try scanner.expect("[")
        try scanner.list(until: "]") { scanner throws(SafeTensorsError) in
          sizes.append(try scanner.integer())
        }
        shape = sizes
      case "data_offsets":
        isNew = offsets == nil
        try scanner.expect("[")
        let start = try scanner.integer()
        try scanner.expect(",")
        offsets = (start, try scanner.integer())
        try scanner.expect("]")
      default:
        throw .unknownField(field, tensor: name)
      }
      guard isNew else { throw .duplicateField(field, tensor: name) }
    }
    guard let type else { throw .missingField("dtype", tensor: name) }
    guard let shape else { throw .missingField("shape", tensor: name) }
    guard let offsets else {
      throw .missingField("data_offsets", tensor: name)
    }
    return Tensor(
      description: TensorDescription(name, type, shape: shape),
      start: offsets.start, end: offsets.end)
  }
}
