//===--- CheckpointHeader.swift - what the file says of itself ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
internal import Foundation
internal import SafeTensors

/// The metadata of a checkpoint: what the file is, and the optimizer as JSON.
struct CheckpointHeader {
  /// The only version so far.
  static let supportedVersion = 1

  private enum Key {
    static let format = "format"
    static let version = "ademamix.version"
    static let scalar = "ademamix.scalar"
    static let optimizer = "ademamix.optimizer"
  }

  let scalarType: ScalarType
  let record: OptimizerRecord

  init(_ scalarType: ScalarType, _ record: OptimizerRecord) {
    self.scalarType = scalarType
    self.record = record
  }

  /// Reads the metadata of a file.
  init(_ metadata: [String: String]) throws(CheckpointError) {
    func value(_ key: String) throws(CheckpointError) -> String {
      guard let value = metadata[key] else {
        throw .notACheckpoint(missingKey: key)
      }
      return value
    }
    let versionText = try value(Key.version)
    guard let version = Int(versionText), version > 0 else {
      throw .malformedVersion(versionText)
    }
    guard version <= Self.supportedVersion else {
      throw .newerVersion(version, supported: Self.supportedVersion)
    }
    let scalarText = try value(Key.scalar)
    guard let scalarType = ScalarType(rawValue: scalarText) else {
      throw .malformedRecord("'\(scalarText)' is no scalar type")
    }
    let json = try value(Key.optimizer)
    do {
      record = try Self.decoder.decode(
        OptimizerRecord.self, from: Data(json.utf8))
    } catch {
      throw .malformedRecord("\(error)")
    }
    self.scalarType = scalarType
  }

  /// The metadata of a file.
  func metadata() throws(CheckpointError) -> [String: String] {
    let json: Data
    do {
      json = try Self.encoder.encode(record)
    } catch {
      throw .malformedRecord("\(error)")
    }
    return [
      // What Hugging Face's tools expect where tensors are PyTorch's.
      Key.format: "pt",
      Key.version: "\(Self.supportedVersion)",
      Key.scalar: scalarType.rawValue,
      Key.optimizer: String(decoding: json, as: UTF8.self),
    ]
  }

  /// Numbers as JSON has them, but an infinite limit of clipping.
  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }
}
