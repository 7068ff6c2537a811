//===--- Refusal.swift - a change to a file, and what is said of it -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import SafeTensors
import Testing

/// A change to a checkpoint that makes it one not to load.
struct Refusal: Sendable, CustomTestStringConvertible {
  let name: String
  let error: CheckpointError
  /// Of the file, and of the optimizer that it is loaded into.
  var storages = SmallStorages()
  let change: @Sendable (inout AlteredFile) throws -> Void

  var testDescription: String { name }

  init(
    _ name: String, _ error: CheckpointError,
    _ change: @escaping @Sendable (inout AlteredFile) throws -> Void
  ) {
    (self.name, self.error, self.change) = (name, error, change)
  }

  /// A text of the record replaced by another.
  init(
    _ old: String, _ new: String, _ error: CheckpointError,
    in key: String = AlteredFile.record
  ) {
    self.init("\(old) -> \(new.prefix(60))", error) {
      try $0.replace(old, by: new, in: key)
    }
  }

  /// A record that is not one: what is said of it is the decoder's.
  static func malformed(
    _ old: String, _ new: String, in key: String = AlteredFile.record
  ) -> Refusal {
    Refusal(old, new, .malformedRecord("", key: key), in: key)
  }

  static func value(
    _ old: String, _ new: String, _ name: HyperparameterName, _ value: Double
  ) -> Refusal {
    Refusal(
      old, new,
      .invalidState(
        .hyperparameterOutOfRange(
          name, value: value, group: "a", scheduleCount: 0)))
  }

  static func state(
    _ old: String, _ new: String, _ error: AdEMAMixError
  ) -> Refusal {
    Refusal(old, new, .invalidState(error))
  }

  static func average(
    _ old: String, _ new: String, _ error: AdEMAMixError
  ) -> Refusal {
    Refusal(old, new, .invalidAverage(error), in: AlteredFile.average)
  }

  static func tensor(
    _ name: String, _ fault: SafeTensorsFault,
    _ change: @escaping @Sendable (inout AlteredFile) throws -> Void
  ) -> Refusal {
    Refusal(name, file(fault), change)
  }

  /// The fault of the file, which is called `f`.
  static func file(_ fault: SafeTensorsFault) -> CheckpointError {
    .file(.fault(fault, path: "f"))
  }

  static func version(_ text: String, _ error: CheckpointError) -> Refusal {
    Refusal("version \(text)", error) {
      $0.metadata["ademamix.version"] = text
    }
  }

  /// The same of a file whose moments are stored in fewer bits.
  var stored: Refusal {
    var copy = self
    copy.storages = .stored
    return copy
  }

  static func missing(_ key: String) -> Refusal {
    Refusal("no \(key)", .notACheckpoint(missingKey: key)) {
      $0.metadata[key] = nil
    }
  }
}
