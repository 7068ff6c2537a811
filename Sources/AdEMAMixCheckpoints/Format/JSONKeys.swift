//===--- JSONKeys.swift - a look at JSON before it is decoded -------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The keys of objects in JSON that a stranger may have written.
enum JSONKeys {
  /// More than the longest key of any record has.
  static let byteCountLimit = 64

  /// Whether all keys are short.
  ///
  /// A decoder puts keys into dictionaries of strings. To hash one takes time
  /// that grows with the square of the marks on a letter, so that a file of a few
  /// hundred KiB would take minutes.
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
