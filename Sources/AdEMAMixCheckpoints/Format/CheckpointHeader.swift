//===--- CheckpointHeader.swift - the metadata of a checkpoint ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
internal import SafeTensors

/// The metadata of a checkpoint: the version and types of the file, the
/// optimizer and the average as JSON, and the texts that the caller added.
struct CheckpointHeader {
  /// The latest version of the format; see the page on the format for what each
  /// added.
  static let supportedVersion = 3

  private enum Key {
    static let format = "format"
    /// The beginning of all keys but `format`.
    static let prefix = "ademamix."
    static let version = prefix + "version"
    static let scalar = prefix + "scalar"
    static let optimizer = prefix + "optimizer"
    static let average = prefix + "average"
    static let engine = prefix + "engine"
    static let openBLASCore = prefix + "openblas.core"
    static let openBLASVersion = prefix + "openblas.version"
    static let finite = prefix + "finite"
    /// The beginning of the keys of checksums.
    static let checksum = "crc32c"

    static func isReserved(_ key: String) -> Bool {
      key.hasSameBytes(as: format) || key.utf8.starts(with: prefix.utf8)
        || key.utf8.starts(with: checksum.utf8)
    }
  }

  let scalarType: TensorElementType
  /// The engine that made the steps, if the file names it.
  let engine: StepEngine?
  /// The OpenBLAS of the machine that saved the file, if the engine depends on
  /// it.
  let openBLAS: BLASBuild?
  /// Whether all numbers that the next step reads are finite, if the file says
  /// it.
  let isFinite: Bool?
  let record: OptimizerRecord
  let average: AverageRecord?
  let metadata: [String: String]
}

extension CheckpointHeader {
  /// Reads the metadata of a file.
  init(
    decoding file: borrowing SafeTensorsReader
  ) throws(CheckpointError) {
    let encoded = file.metadata
    func value(_ key: String) throws(CheckpointError) -> String {
      guard let value = encoded[key] else {
        throw .notACheckpoint(missingKey: key)
      }
      return value
    }
    let versionText = try value(Key.version)
    // Texts such as "+1" and "01" are no versions.
    guard let version = Int(versionText), version > 0,
      String(version) == versionText
    else {
      throw .malformedVersion(versionText)
    }
    guard version <= Self.supportedVersion else {
      throw .newerVersion(version, supported: Self.supportedVersion)
    }
    let scalarText = try value(Key.scalar)
    guard let scalarType = TensorElementType(rawValue: scalarText) else {
      throw .malformedRecord(
        "'\(scalarText)' is no scalar type", key: Key.scalar)
    }
    self.scalarType = scalarType
    engine = try encoded[Key.engine].map { text throws(CheckpointError) in
      guard let engine = StepEngine(word: text) else {
        throw .malformedRecord("'\(text)' is no engine", key: Key.engine)
      }
      return engine
    }
    openBLAS =
      if let core = encoded[Key.openBLASCore],
        let version = encoded[Key.openBLASVersion]
      {
        BLASBuild(core: core, version: version)
      } else {
        nil
      }
    isFinite = try Self.isFinite(encoded)
    guard let json = encoded.bytes(ofKey: Key.optimizer) else {
      throw .notACheckpoint(missingKey: Key.optimizer)
    }
    record = try OptimizerRecord(json: json, key: Key.optimizer)
    average =
      if let json = encoded.bytes(ofKey: Key.average) {
        AverageRecord(try FileFormat.record(in: json, key: Key.average))
      } else {
        nil
      }
    do throws(SafeTensorsError) {
      metadata = try file.metadataDictionary { !Key.isReserved($0) }
    } catch {
      throw .file(error)
    }
    guard record.version <= version else {
      throw .malformedRecord(
        "version \(version) has \(record.missing(in: version))",
        key: Key.optimizer)
    }
    guard average?.decay.version ?? 1 <= version else {
      throw .malformedRecord(
        "version \(version) has neither tables nor functions", key: Key.average)
    }
  }

  /// The metadata of a file that is to be saved at a path.
  func encoded(for path: String) throws(CheckpointError) -> [String: String] {
    var encoded = metadata
    // The first key in the alphabet makes the error the same each time.
    if let key = metadata.keys.filter(Key.isReserved).min() {
      throw .reservedMetadataKey(key)
    }
    // A file with a key that no reader takes could never be opened.
    do throws(SafeTensorsFault) {
      _ = try Metadata(metadata).dictionary()
    } catch {
      throw .unreadableMetadata(.fault(error, path: path))
    }
    // Hugging Face's tools expect the format of PyTorch's tensors.
    encoded[Key.format] = "pt"
    encoded[Key.version] =
      "\(max(record.version, average?.decay.version ?? 1))"
    encoded[Key.scalar] = scalarType.rawValue
    encoded[Key.engine] = engine?.word
    encoded[Key.openBLASCore] = openBLAS?.core
    encoded[Key.openBLASVersion] = openBLAS?.version
    encoded[Key.finite] = isFinite.map(Self.text)
    encoded[Key.optimizer] = try FileFormat.text(
      of: FileFormat.Optimizer(record), key: Key.optimizer)
    if let average {
      encoded[Key.average] = try FileFormat.text(
        of: FileFormat.Average(average), key: Key.average)
    }
    return encoded
  }

  /// The key under which a file says whether it is finite. Its value is known
  /// once all elements have been written.
  static var finiteKey: String { Key.finite }

  /// The value of ``finiteKey``. Both values have the same number of bytes.
  static func text(_ isFinite: Bool) -> String { isFinite ? "1" : "0" }

  /// The answer under ``finiteKey``, or `nil` without the key.
  private static func isFinite(
    _ encoded: Metadata
  ) throws(CheckpointError) -> Bool? {
    switch encoded[Key.finite] {
    case nil: nil
    case text(true): true
    case text(false): false
    case .some(let text):
      throw .malformedRecord("'\(text)' is neither 0 nor 1", key: Key.finite)
    }
  }

  /// Whether a file opens as a checkpoint of a step, and does not say that it
  /// has elements that are not finite.
  ///
  /// - Throws: ``CheckpointError`` for a reason that lies in no single file,
  ///   such as too many open files.
  /// - Complexity: O(number of tensors).
  static func isHealthy(
    _ path: String, step: Int
  ) throws(CheckpointError) -> Bool {
    do throws(CheckpointError) {
      let file = try CheckpointError.wrapping {
        () throws(SafeTensorsError) in
        try SafeTensorsReader(path: path, checksums: .required)
      }
      let header = try CheckpointHeader(decoding: file)
      return header.record.counts.steps == step && header.isFinite != false
    } catch {
      guard error.isOfOneFile else { throw error }
      return false
    }
  }
}

extension OptimizerRecord {
  /// The contents that came with a version, whether the record has them, and
  /// what earlier versions have instead, as the end of a sentence.
  private var additions: [(version: Int, isUsed: Bool, before: String)] {
    [
      (
        2, layout.groups.contains { !$0.storage.isFull },
        "moments of the scalar type alone"
      ),
      (3, scheduleVersion == 3, "neither tables nor functions"),
      (
        3, layout.groups.contains { $0.storage.hasBlockFloats },
        "no moments as floating-point numbers in blocks"
      ),
      (
        3,
        layout.groups.contains {
          $0.directionLimit != nil || $0.skipsZeroGradients
        },
        "neither limits of directions nor skips of gradients"
      ),
      (
        3,
        !tensorHistories.isEmpty || !unaccumulatedTensors.isEmpty
          || options.allowsMissingGradients,
        "no tensors that steps leave alone"
      ),
      (3, hasWeightedGradients, "no weights of micro-batches"),
      (3, weights != .scalar, "no weights that are split"),
    ]
  }

  /// The first part of the record that an earlier version cannot hold, as the
  /// end of a sentence.
  fileprivate func missing(in version: Int) -> String {
    additions.first { $0.isUsed && $0.version > version }?.before ?? ""
  }

  /// The first version of the format that can hold the record. So earlier
  /// versions of the library open each file that they can go on from.
  fileprivate var version: Int {
    additions.filter(\.isUsed).map(\.version).max() ?? 1
  }
}
