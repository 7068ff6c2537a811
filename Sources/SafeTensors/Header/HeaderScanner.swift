//===--- HeaderScanner.swift - the words of a header ----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A reader of the strings, numbers and brackets of a header's JSON, one after
/// the other.
///
/// No function of the scanner calls itself, so that deep nesting in a file
/// cannot use up the stack.
struct HeaderScanner {
  let bytes: [UInt8]
  var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The byte to read next.
  var next: UInt8? {
    position < bytes.count ? bytes[position] : nil
  }

  func fault(_ fault: HeaderFault) -> SafeTensorsFault {
    .malformedHeader(fault, offset: position)
  }

  /// The fault of a header whose next byte is not the expected byte.
  func unexpected(_ expected: String) -> SafeTensorsFault {
    guard let next else { return fault(.unexpectedEnd) }
    return fault(.unexpectedByte(next, expected: expected))
  }

  mutating func skipWhiteSpace() {
    while let next, next == 0x20 || (0x09...0x0D).contains(next),
      next != 0x0B && next != 0x0C
    {
      position += 1
    }
  }

  /// Steps over white space, and over a byte if that byte comes next.
  ///
  /// - Returns: Whether the byte came next.
  mutating func skip(_ byte: Unicode.Scalar) -> Bool {
    skipWhiteSpace()
    guard next == UInt8(ascii: byte) else { return false }
    position += 1
    return true
  }

  /// Steps over white space and a byte, which must come next.
  mutating func expect(_ byte: Unicode.Scalar) throws(SafeTensorsFault) {
    guard skip(byte) else { throw unexpected("'\(byte)'") }
  }

  /// Reads elements with commas between them, up to `end`.
  mutating func list(
    until end: Unicode.Scalar,
    _ element: (inout Self) throws(SafeTensorsFault) -> Void
  ) throws(SafeTensorsFault) {
    if skip(end) { return }
    repeat { try element(&self) } while skip(",")
    guard skip(end) else { throw unexpected("',' or '\(end)'") }
  }

  /// Reads the key of an entry of an object, and the colon behind it.
  mutating func key() throws(SafeTensorsFault) -> String {
    let key = try string()
    try expect(":")
    return key
  }

  /// Steps over the white space at the end of the header. Nothing may follow.
  mutating func expectEnd() throws(SafeTensorsFault) {
    skipWhiteSpace()
    guard next == nil else { throw unexpected("nothing but spaces") }
  }

  /// Steps over white space, and over a `null` if a `null` comes next.
  ///
  /// - Returns: Whether a `null` came next.
  mutating func skipNull() -> Bool {
    skipWhiteSpace()
    return skip(word: "null")
  }

  /// Steps over a word if the word comes next.
  ///
  /// - Returns: Whether the word came next.
  mutating func skip(word: String) -> Bool {
    guard bytes[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  /// Reads a list of integers.
  mutating func integers() throws(SafeTensorsFault) -> [Int] {
    try expect("[")
    var integers: [Int] = []
    // A list that grows takes twice the memory, and a file from elsewhere may
    // have millions of dimensions.
    integers.reserveCapacity(integerCount())
    try list(until: "]") { scanner throws(SafeTensorsFault) in
      integers.append(try scanner.integer())
    }
    return integers
  }

  /// Reads an integer: no sign, no fraction, no exponent, no leading zero.
  mutating func integer() throws(SafeTensorsFault) -> Int {
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

  /// The number of integers before the end of the list that has begun.
  private func integerCount() -> Int {
    var count = 0
    var isInteger = false
    for byte in bytes[position...] {
      if byte == UInt8(ascii: "]") { break }
      if !isInteger && (0x30...0x39).contains(byte) { count += 1 }
      isInteger = (0x30...0x39).contains(byte)
    }
    return count
  }
}

// MARK: - Strings

extension HeaderScanner {
  /// Reads a string.
  ///
  /// - Complexity: O(*n*) for *n* bytes.
  mutating func string() throws(SafeTensorsFault) -> String {
    var text: [UInt8] = []
    try string(into: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads a string, and appends its bytes to `text`.
  ///
  /// - Complexity: O(*n*) for *n* bytes.
  mutating func string(into text: inout [UInt8]) throws(SafeTensorsFault) {
    guard skip("\"") else { throw unexpected("a string") }
    let start = position
    let textStart = text.count
    while true {
      let run = position
      while let byte = next, byte >= 0x20, byte != UInt8(ascii: "\""),
        byte != UInt8(ascii: "\\")
      {
        position += 1
      }
      text.append(contentsOf: bytes[run..<position])
      guard let byte = next else { throw fault(.unexpectedEnd) }
      switch byte {
      case UInt8(ascii: "\""):
        guard Self.isUnicode(text.span.extracting(textStart...)) else {
          position = start
          throw fault(.invalidUTF8)
        }
        position += 1
        return
      case UInt8(ascii: "\\"):
        text.append(contentsOf: String(try escapedCharacter()).utf8)
      default:
        throw fault(.controlCharacter(byte))
      }
    }
  }

  private static func isUnicode(_ bytes: Span<UInt8>) -> Bool {
    (try? UTF8Span(validating: bytes)) != nil
  }

  private mutating func escapedCharacter() throws(SafeTensorsFault)
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

  /// Reads the escape of a UTF-16 code unit, or the two of a surrogate pair,
  /// behind the first backslash.
  private mutating func escapedCodePoint() throws(SafeTensorsFault)
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

  private mutating func codeUnit() throws(SafeTensorsFault) -> UInt32 {
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
