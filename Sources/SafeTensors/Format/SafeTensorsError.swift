//===--- SafeTensorsError.swift - why a file is refused -------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Glibc

/// The reason why a file was not read or written.
public enum SafeTensorsError: Error, Sendable, Hashable {
  /// The system refused an operation on a file.
  case file(FileError)
  /// The file breaks a rule of the format, or the call a rule of the library.
  case fault(SafeTensorsFault, path: String)
}

extension SafeTensorsError: CustomStringConvertible {
  /// The file, what was found, and the rule it breaks.
  public var description: String {
    switch self {
    case .file(let error):
      error.description
    case .fault(let fault, let path):
      "'\(path)'\(fault.isOfAnotherFormat ? " is no safetensors file" : ""): "
        + "\(fault)"
    }
  }
}

extension SafeTensorsError {
  /// Whether a file is not as it was written. A file that cannot be reached, or
  /// that has other tensors than the caller expects, is not damaged.
  package var isDamage: Bool {
    switch self {
    case .file(let error): error.isOfOneFile
    case .fault(let fault, _): fault.isDamage
    }
  }

  /// The result of an operation on a file. Its error is wrapped in `.file`.
  static func wrapping<Result: ~Copyable>(
    _ body: () throws(FileError) -> Result
  ) throws(SafeTensorsError) -> Result {
    do {
      return try body()
    } catch {
      throw .file(error)
    }
  }

  /// The result of a check of a file's content. Its error is wrapped in
  /// `.fault`.
  static func wrapping<Result: ~Copyable>(
    _ path: String, _ body: () throws(SafeTensorsFault) -> Result
  ) throws(SafeTensorsError) -> Result {
    do {
      return try body()
    } catch {
      throw .fault(error, path: path)
    }
  }
}
