//===--- HeaderFault.swift - a rule that a header breaks ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A rule of JSON, or of the format, that a header breaks.
package enum HeaderFault: Sendable, Hashable {
  /// The header ends too early.
  case unexpectedEnd
  /// JSON, or the format, does not allow the next byte at its place.
  case unexpectedByte(UInt8, expected: String)
  /// A string is not UTF-8.
  case invalidUTF8
  /// A string has a control character that is not escaped.
  case controlCharacter(UInt8)
  /// A string has an escape that JSON does not have, or half a surrogate pair.
  case invalidEscape
  /// A number has a leading zero, a sign, a fraction or an exponent.
  case invalidInteger
  /// A number is larger than an `Int`.
  case integerOverflow
  /// Lists and objects are nested deeper than other readers accept.
  case tooDeep
}

extension HeaderFault: CustomStringConvertible {
  /// The text found and the rule that it breaks.
  package var description: String {
    switch self {
    case .unexpectedEnd: "the header ends too early"
    case .unexpectedByte(let byte, let expected):
      "found \(byte.asCharacter), expected \(expected)"
    case .invalidUTF8: "a string that is not UTF-8"
    case .controlCharacter(let byte):
      "\(byte.asCharacter) in a string must be escaped"
    case .invalidEscape: "an invalid escape in a string"
    case .invalidInteger: "sizes and offsets must be plain integers"
    case .integerOverflow: "a number larger than an Int"
    case .tooDeep: "lists and objects nested more than 125 deep"
    }
  }
}

extension UInt8 {
  fileprivate var asCharacter: String {
    (0x21...0x7E).contains(self)
      ? "'\(Character(Unicode.Scalar(self)))'"
      : "byte 0x\(String(self, radix: 16))"
  }
}
