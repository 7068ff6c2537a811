//===--- FileError.swift - what the system refused ------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Glibc

/// An operation on a file that the system refused.
package struct FileError: Error, Sendable, Hashable {
  /// An operation on a file or folder.
  package enum Operation: String, Sendable, Hashable {
    /// Opening or making the file.
    case open
    /// Finding the length of the file.
    case measure
    /// Reserving room on the device.
    case reserve
    /// Reading from the file.
    case read
    /// Writing to the file.
    case write
    /// Flushing the file to the device.
    case flush
    /// Giving the file its final name.
    case rename
    /// Removing the file.
    case remove
  }

  /// The operation that the system refused.
  package let operation: Operation
  /// The path of the file or folder.
  package let path: String
  /// The reason, an `errno` such as `ENOSPC`. The code is 0 if a file became
  /// shorter while it was read.
  package let code: CInt

  /// An operation that the system refused, and the reason.
  package init(_ operation: Operation, _ path: String, code: CInt) {
    self.operation = operation
    self.path = path
    self.code = code
  }
}

extension FileError {
  /// Whether the file ended before all bytes were read.
  var isEarlyEnd: Bool { code == 0 }

  /// Whether the reason lies in this file, so that the files beside it may be
  /// readable: for example, the file is gone, ended early, belongs to someone
  /// else, is too long, or is a folder.
  ///
  /// Too little memory or too many open files are no reason that lies in a
  /// file.
  package var isOfOneFile: Bool {
    switch code {
    case 0, EACCES, EFBIG, EINVAL, EIO, EISDIR, ELOOP, ENAMETOOLONG, ENODEV,
      ENOENT, ENOTDIR, ENXIO, EOVERFLOW, EPERM, ESTALE:
      true
    default: false
    }
  }
}

extension FileError: CustomStringConvertible {
  /// The operation, the file, and the reason of the failure.
  package var description: String {
    "cannot \(operation.rawValue) '\(path)': "
      + (operation == .measure && code == EINVAL
        ? "it is no regular file"
        : isEarlyEnd ? "the file ended early" : reason)
  }

  private var reason: String {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) {
      buffer in
      guard let start = buffer.baseAddress else { return "error \(code)" }
      // Swift imports the XSI variant, which returns a status and not the text.
      guard unsafe strerror_r(code, start, buffer.count) == 0 else {
        return "error \(code)"
      }
      return unsafe String(cString: start)
    }
  }
}
