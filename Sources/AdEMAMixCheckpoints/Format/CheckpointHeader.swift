//===--- CheckpointHeader.swift - what the file says of itself ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
internal import Foundation
internal import SafeTensors

/// The metadata of a checkpoint: what the file is, the optimizer and the average
/// as JSON, and what the caller added.
struct CheckpointHeader {
  /// The last version, in which moments may be stored in fewer bits.
  static let supportedVersion = 2

  private enum Key {
    static let format = "format"
    /// What all but that key begin with.
    static let prefix = "ademamix."
    static let version = prefix + "version"
    static let scalar = prefix + "scalar"
    static let optimizer = prefix + "optimizer"
    static let average = prefix + "average"
    /// What the checksums of the file begin with.
    static let checksum = "crc32c"

    static func isReserved(_ key: String) -> Bool {
      key == format || key.utf8.starts(with: prefix.utf8)
        || key.utf8.starts(with: checksum.utf8)
    }
  }

  let scalarType: ScalarType
  let record: OptimizerRecord
  let average: AverageRecord?
  let metadata: [String: String]
}

extension CheckpointHeader {
  /// Reads the metadata of a file.
  init(decoding encoded: [String: String]) throws(CheckpointError) {
    func value(_ key: String) throws(CheckpointError) -> String {
      guard let value = encoded[key] else {
        throw .notACheckpoint(missingKey: key)
      }
      return value
    }
    let versionText = try value(Key.version)
    // Neither "+1" nor "01".
    guard let version = Int(versionText), version > 0,
      String(version) == versionText
    else {
      throw .malformedVersion(versionText)
    }
    guard version <= Self.supportedVersion else {
      throw .newerVersion(version, supported: Self.supportedVersion)
    }
    let scalarText = try value(Key.scalar)
    guard let scalarType = ScalarType(rawValue: scalarText) else {
      throw .malformedRecord(
        "'\(scalarText)' is no scalar type", key: Key.scalar)
    }
    self.scalarType = scalarType
    record = try Self.decode(value(Key.optimizer), key: Key.optimizer)
    average =
      if let json = encoded[Key.average] {
        try Self.decode(json, key: Key.average)
      } else {
        nil
      }
    metadata = encoded.filter { !Key.isReserved($0.key) }
    guard record.version <= version else {
      throw .malformedRecord(
        "version \(version) has moments of the scalar type alone",
        key: Key.optimizer)
    }
  }

  /// The metadata of a file.
  func encoded() throws(CheckpointError) -> [String: String] {
    var encoded = metadata
    // The first in the alphabet, so that the error is the same each time.
    if let key = metadata.keys.filter(Key.isReserved).min() {
      throw .reservedMetadataKey(key)
    }
    // What Hugging Face's tools expect where tensors are PyTorch's.
    encoded[Key.format] = "pt"
    encoded[Key.version] = "\(record.version)"
    encoded[Key.scalar] = scalarType.rawValue
    encoded[Key.optimizer] = try Self.encode(record, key: Key.optimizer)
    if let average {
      encoded[Key.average] = try Self.encode(average, key: Key.average)
    }
    return encoded
  }

  private static func encode(
    _ record: some Encodable, key: String
  ) throws(CheckpointError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // JSON has no infinite limit of clipping.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return String(decoding: try encoder.encode(record), as: UTF8.self)
    } catch {
      throw .malformedRecord("\(error)", key: key)
    }
  }

  private static func decode<Record: Decodable>(
    _ json: String, key: String
  ) throws(CheckpointError) -> Record {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return try decoder.decode(Record.self, from: Data(json.utf8))
    } catch {
      throw .malformedRecord("\(error)", key: key)
    }
  }
}

extension OptimizerRecord {
  /// The first version that has what the record needs, so that earlier readers
  /// open all that they can go on with.
  fileprivate var version: Int {
    groups.allSatisfy { $0.group.storage.isFull } ? 1 : 2
  }
}
