//===--- FileError.swift - what the system refused ----------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Glibc

/// What the system refused to do with a file.
public struct FileError: Error, Sendable, Hashable {
  /// What was tried.
  public enum Operation: String, Sendable, Hashable {
    /// Opening the file, or making it.
    case open
    /// Finding out how long it is.
    case measure
    /// Setting room aside on the device.
    case reserve
    /// Reading from it.
    case read
    /// Writing to it.
    case write
    /// Flushing it to the device.
    case flush
    /// Giving it the name it is to have.
    case rename
    /// Removing it.
    case remove
  }

  /// What was tried.
  public let operation: Operation
  /// The file or folder it was tried with.
  public let path: String
  /// The reason, an `errno` such as `ENOSPC`. It is 0 where a file that was
  /// being read turned out shorter than it was.
  public let code: CInt

  /// An error of this kind.
  public init(_ operation: Operation, _ path: String, code: CInt) {
    self.operation = operation
    self.path = path
    self.code = code
  }
}

extension FileError: CustomStringConvertible {
  /// What was tried, with which file, and why it failed.
  public var description: String {
    "cannot \(operation.rawValue) '\(path)': "
      + (code == 0 ? "the file ended early" : reason)
  }

  private var reason: String {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) {
      buffer in
      guard let start = buffer.baseAddress else { return "error \(code)" }
      // The XSI variant, as Swift sees it.
      guard unsafe strerror_r(code, start, buffer.count) == 0 else {
        return "error \(code)"
      }
      return unsafe String(cString: start)
    }
  }
}
