//===--- CheckpointError+Path.swift - the file that an error is about -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
internal import SafeTensors

extension CheckpointError {
  /// Whether the reason lies in one file, so that the files beside it may be
  /// readable.
  var isOfOneFile: Bool {
    (underlyingError as? SafeTensorsError)?.isOfOneFile ?? true
  }

  /// Whether a file is not as it was written, so that an older file counts.
  var isDamage: Bool {
    (underlyingError as? SafeTensorsError)?.isDamage ?? (code == .damaged)
  }

  /// Whether there was too little memory for the state or the average.
  package var isOutOfMemory: Bool {
    (underlyingError as? AdEMAMixError)?.code == .outOfMemory
  }

  /// The error with the path of the file that it is about.
  ///
  /// An error about an argument is about no file, and the error of a reader has
  /// the path already.
  func named(_ path: String) -> CheckpointError {
    self.path != nil || code == .invalidArgument
      ? self : .inFile(self, path: path)
  }

  /// The result of an operation on one of several files. Its errors have the
  /// path of the file.
  static func naming<Result: ~Copyable>(
    _ path: String,
    _ body: (_ path: String) throws(CheckpointError) -> Result
  ) throws(CheckpointError) -> Result {
    do {
      return try body(path)
    } catch {
      throw error.named(path)
    }
  }
}
