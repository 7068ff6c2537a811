//===--- FileFormat.swift - the JSON of a checkpoint's metadata -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Foundation

/// The JSON in the metadata of a checkpoint, which `FileFormat.md` describes.
///
/// The types in this namespace mirror the JSON: the names of their properties,
/// cases and labels are its keys, and must never change. The library's types
/// are converted to and from these types, and may be renamed.
enum FileFormat {
  /// The JSON of a record.
  ///
  /// - Throws: ``CheckpointError`` with the key of the metadata.
  static func text(
    of record: some Encodable, key: String
  ) throws(CheckpointError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // A limit of clipping may be infinite, which JSON has no number for.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return String(decoding: try encoder.encode(record), as: UTF8.self)
    } catch {
      throw .malformedRecord("\(error)", key: key)
    }
  }

  /// Reads the JSON of a record.
  ///
  /// - Throws: ``CheckpointError`` with the key of the metadata.
  static func record<Record: Decodable>(
    in json: ArraySlice<UInt8>, key: String
  ) throws(CheckpointError) -> Record {
    guard JSONKeys.areShort(in: json) else {
      throw .malformedRecord(
        "a key has more than \(JSONKeys.byteCountLimit) bytes", key: key)
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return try decoder.decode(Record.self, from: Data(json))
    } catch {
      throw .malformedRecord("\(error)", key: key)
    }
  }
}
