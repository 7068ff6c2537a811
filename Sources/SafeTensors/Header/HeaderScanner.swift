//===--- HeaderScanner.swift - the words of a header --------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Reads the words of a header's JSON, one after the other.
///
/// A header is an object of objects of known fields. So nothing here calls
/// itself, however deep the input is nested.
struct HeaderScanner {
  let bytes: [UInt8]
  private(set) var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The byte to read next.
  private var next: UInt8? {
    position < bytes.count ? bytes[position] : nil
  }

  private func fault(_ fault: HeaderFault) -> SafeTensorsError {
    .malformedHeader(fault, offset: position)
  }

  /// That the next byte is not as expected.
  private func unexpected(_ expected: String) -> SafeTensorsError {
    guard let next else { return fault(.unexpectedEnd) }
    return fault(.unexpectedByte(next, expected: expected))
  }

  private mutating func skipWhiteSpace() {
    while let next, next == 0x20 || (0x09...0x0D).contains(next),
      next != 0x0B && next != 0x0C
    {
      position += 1
    }
  }

  /// Steps over a byte, if it is the next after white space.
  private mutating func skip(_ byte: Unicode.Scalar) -> Bool {
    skipWhiteSpace()
    guard next == UInt8(ascii: byte) else { return false }
    position += 1
    return true
  }

  /// Steps over a byte, which must be the next after white space.
  mutating func expect(_ byte: Unicode.Scalar) throws(SafeTensorsError) {
    guard skip(byte) else { throw unexpected("'\(byte)'") }
  }

  /// Reads elements with commas between them, up to `end`.
  mutating func list(
    until end: Unicode.Scalar,
    _ element: (inout Self) throws(SafeTensorsError) -> Void
  ) throws(SafeTensorsError) {
    if skip(end) { return }
    repeat { try element(&self) } while skip(",")
    guard skip(end) else { throw unexpected("',' or '\(end)'") }
  }

  /// Reads the first half of an object's entry: a string and a colon.
  mutating func key() throws(SafeTensorsError) -> String {
    let key = try string()
    try expect(":")
    return key
  }

  /// Steps over the spaces that fill the header up.
  mutating func expectEnd() throws(SafeTensorsError) {
    while next == 0x20 { position += 1 }
    guard next == nil else { throw unexpected("nothing but spaces") }
  }

  /// Reads an integer: no sign, no fraction, no exponent, no leading zero.
  mutating func integer() throws(SafeTensorsError) -> Int {
    skipWhiteSpace()
    guard let first = next else { throw fault(.unexpectedEnd) }
    guard (0x30...0x39).contains(first) else { throw fault(.invalidInteger) }
    var value = 0
    while let digit = next, (0x30...0x39).contains(digit) {
      let (tenfold, overflows) = value.multipliedReportingOverflow(by: 10)
      let (sum, carries) = tenfold.addingReportingOverflow(Int(digit - 0x30))
      guard !overflows && !carries else { throw fault(.integerOverflow) }
      value = sum
      position += 1
      if first == 0x30 { break }
    }
    if let next,
      (0x30...0x39).contains(next) || [0x2E, 0x45, 0x65].contains(next)
    {
      throw fault(.invalidInteger)
    }
    return value
  }
}

// MARK: - Strings

extension HeaderScanner {
  /// Reads a string.
  ///
  /// - Complexity: O(*n*) for *n* bytes.
  mutating func string() throws(SafeTensorsError) -> String {
    guard skip("\"") else { throw unexpected("a string") }
    var text: [UInt8] = []
    let start = position
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          position = start
          throw fault(.invalidUTF8)
        }
        position += 1
        return string
      case UInt8(ascii: "\\"):
        text.append(contentsOf: String(try escapedCharacter()).utf8)
      case ..<0x20:
        throw fault(.controlCharacter(byte))
      default:
        text.append(byte)
        position += 1
      }
    }
    throw fault(.unexpectedEnd)
  }

  private mutating func escapedCharacter() throws(SafeTensorsError)
    -> Unicode.Scalar
  {
    position += 1
    guard let byte = next else { throw fault(.unexpectedEnd) }
    let value: UInt32
    switch Unicode.Scalar(byte) {
    case "\"", "\\", "/": value = UInt32(byte)
    case "b": value = 0x08
    case "f": value = 0x0C
    case "n": value = 0x0A
    case "r": value = 0x0D
    case "t": value = 0x09
    case "u": return try escapedCodePoint()
    default: throw fault(.invalidEscape)
    }
    position += 1
    return Unicode.Scalar(UInt8(value))
  }

  /// Reads `u` and four digits, or two such of a surrogate pair.
  private mutating func escapedCodePoint() throws(SafeTensorsError)
    -> Unicode.Scalar
  {
    var value = try codeUnit()
    if (0xD800..<0xDC00).contains(value) {
      guard next == UInt8(ascii: "\\") else { throw fault(.invalidEscape) }
      position += 1
      let low = try codeUnit()
      guard (0xDC00..<0xE000).contains(low) else {
        throw fault(.invalidEscape)
      }
      value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(value) else {
      throw fault(.invalidEscape)
    }
    return scalar
  }

  private mutating func codeUnit() throws(SafeTensorsError) -> UInt32 {
    guard next == UInt8(ascii: "u") else { throw fault(.invalidEscape) }
    position += 1
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let next else { throw fault(.unexpectedEnd) }
      guard let digit = Character(Unicode.Scalar(next)).hexDigitValue,
        next < 0x80
      else { throw fault(.invalidEscape) }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}
