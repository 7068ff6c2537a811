//===--- FileRefusal.swift - calls that the system refuses ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Glibc

/// The value that a system call returns, unless the call failed.
///
/// - Throws: ``FileRefusal``. An interrupted call is made again.
func checked<Value: SignedInteger>(
  _ path: String, _ call: () -> Value
) throws -> Value {
  while true {
    let result = call()
    if result >= 0 { return result }
    guard errno == EINTR else { throw FileRefusal(path, code: errno) }
  }
}

/// The error of a system call for a file.
struct FileRefusal: Error, CustomStringConvertible {
  let path: String
  let code: CInt

  init(_ path: String, code: CInt) {
    self.path = path
    self.code = code
  }

  var description: String {
    "\(path): \(unsafe String(cString: strerror(code)))."
  }
}
