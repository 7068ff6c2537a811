//===--- JSONKeys.swift - JSON, checked before decoding -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The keys of objects in JSON that a stranger may have written.
enum JSONKeys {
  /// The most bytes of a key. All keys of the format are shorter.
  static let byteCountLimit = 64

  /// Whether no key is longer than ``byteCountLimit``.
  ///
  /// A decoder puts keys into dictionaries of strings. The time to hash a
  /// string grows with the square of the number of combining marks on a letter:
  /// a file of a few hundred KiB could take minutes.
  ///
  /// - Complexity: O(*n*) for *n* bytes.
  static func areShort(in json: some Sequence<UInt8>) -> Bool {
    var isInString = false
    var isEscaped = false
    var byteCount = 0
    for byte in json {
      switch (byte, isInString) {
      case (UInt8(ascii: "\""), false):
        (isInString, byteCount) = (true, 0)
      case (UInt8(ascii: "\""), true) where !isEscaped:
        isInString = false
      case (UInt8(ascii: ":"), false):
        // The last string before a colon is a key.
        if byteCount > byteCountLimit { return false }
      case (_, true): byteCount += 1
      default: break
      }
      isEscaped = isInString && byte == UInt8(ascii: "\\") && !isEscaped
    }
    return true
  }
}
