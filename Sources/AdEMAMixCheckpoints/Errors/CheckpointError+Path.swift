//===--- CheckpointError+Path.swift - the file that an error is about -----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
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
    (underlyingError as? AdEMAMixError)?.isOutOfMemory
      ?? (underlyingError as? ParameterAverageError)?.isOutOfMemory ?? false
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

extension SafeTensorsError {
  /// The path of the file that the error is about.
  var filePath: String {
    switch self {
    case .file(let error): error.path
    case .fault(_, let path): path
    }
  }

  /// Whether the system refused an operation.
  var isOfSystem: Bool {
    if case .file = self { true } else { false }
  }

  /// Whether the reason lies in one file.
  fileprivate var isOfOneFile: Bool {
    if case .file(let error) = self { error.isOfOneFile } else { true }
  }
}

extension AdEMAMixError {
  /// Whether there was too little memory.
  fileprivate var isOutOfMemory: Bool {
    if case .outOfMemory = self { true } else { false }
  }
}

extension ParameterAverageError {
  /// Whether there was too little memory.
  fileprivate var isOutOfMemory: Bool {
    if case .outOfMemory = self { true } else { false }
  }
}
