//===--- HeaderScanner+Values.swift - JSON of no interest -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension HeaderScanner {
  /// The deepest nesting of lists and objects that the reference implementation
  /// reads within a tensor's object.
  private static let depthLimit = 125

  /// Steps over a value of any kind.
  ///
  /// - Complexity: O(*n*) for *n* bytes.
  mutating func skipValue() throws(SafeTensorsFault) {
    /// The closing brackets of the lists and objects that have begun.
    var ends: [Unicode.Scalar] = []
    var ignored: [UInt8] = []
    while true {
      let opened: Unicode.Scalar? = skip("[") ? "]" : skip("{") ? "}" : nil
      if let end = opened {
        guard ends.count < Self.depthLimit else { throw fault(.tooDeep) }
        if !skip(end) {
          ends.append(end)
          if end == "}" { _ = try key() }
          continue
        }
      } else if next == UInt8(ascii: "\"") {
        ignored.removeAll(keepingCapacity: true)
        try string(into: &ignored)
      } else if !["null", "true", "false"].contains(where: { skip(word: $0) }) {
        try skipNumber()
      }
      // A value ends here. So do the lists and objects whose last element is
      // the value.
      while let end = ends.last, skip(end) { ends.removeLast() }
      guard let end = ends.last else { return }
      guard skip(",") else { throw unexpected("',' or '\(end)'") }
      if end == "}" { _ = try key() }
    }
  }

  private mutating func skipNumber() throws(SafeTensorsFault) {
    if next == UInt8(ascii: "-") { position += 1 }
    if next == UInt8(ascii: "0") { position += 1 } else { try skipDigits() }
    if next == UInt8(ascii: ".") {
      position += 1
      try skipDigits()
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      position += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") {
        position += 1
      }
      try skipDigits()
    }
  }

  /// Steps over digits, of which there must be at least one.
  private mutating func skipDigits() throws(SafeTensorsFault) {
    let start = position
    while let next, (0x30...0x39).contains(next) { position += 1 }
    guard position > start else { throw unexpected("a value") }
  }
}
