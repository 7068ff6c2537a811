//===--- CheckpointError+Files.swift - files that are refused as a whole --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import SafeTensors

extension CheckpointError {
  /// The file cannot be read or written, or is not as it was written.
  package static func file(_ error: SafeTensorsError) -> CheckpointError {
    CheckpointError(
      error.code == .system ? .file : error.isDamage ? .damaged : .malformed,
      error.description, path: error.path, cause: error)
  }

  /// The file is of another step than the step in its name.
  package static func step(_ step: Int, expected: Int) -> CheckpointError {
    CheckpointError(
      .damaged,
      "the checkpoint is of step \(step): its name says \(expected)")
  }

  /// The metadata lacks the key that says what the file is.
  package static func notACheckpoint(missingKey key: String) -> CheckpointError
  {
    CheckpointError(
      .notACheckpoint,
      "the file is no checkpoint: its metadata has no '\(key)'")
  }

  /// The folder has no index of shards. The folder is no sharded checkpoint, or
  /// its save did not come to an end.
  package static func noIndex(folder: String) -> CheckpointError {
    CheckpointError(
      .notACheckpoint,
      "'\(folder)' has no index of shards: its save did not come to an end, or "
        + "it is no sharded checkpoint", path: folder)
  }

  /// The file is of a later version of the format than this library reads.
  package static func newerVersion(
    _ version: Int, supported: Int
  ) -> CheckpointError {
    CheckpointError(
      .newerVersion,
      "the checkpoint is of version \(version): this library reads up to "
        + "version \(supported)")
  }

  /// A file among several, which has this path, was refused.
  package static func inFile(
    _ error: CheckpointError, path: String
  ) -> CheckpointError {
    CheckpointError(
      error.code, "'\(path)': \(error)", path: path, damaged: error.damaged,
      cause: error.underlyingError)
  }

  /// No file in the folder is intact. Each error has the path of its file.
  package static func noneIntact(
    _ damaged: [CheckpointError]
  ) -> CheckpointError {
    CheckpointError(
      .noneIntact,
      "no checkpoint is intact: "
        + damaged.map(\.description).joined(separator: "; "),
      damaged: damaged)
  }
}
