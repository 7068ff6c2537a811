//===--- SumWords.swift - sums as bytes, for the owners of other shards ---===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The words in which sums go from one owner of a shard to the others.
///
/// Each field is a word of 8 bytes, the lowest first: an `Int` in two's
/// complement, a `Double` as IEEE 754 has it, a `Bool` as 0 or 1. Memory
/// layouts of the compiler have no part in it.
package struct SumWords {
  /// The version of the layout of all sums. Owners of another one are refused
  /// before they send any.
  package static let version = 2

  private var words: [UInt64] = []
  /// The place of the next word to read, or `nil` where words are written.
  private var next: Int?
  /// Whether each field that was read has a value that it can have.
  private var areValid = true

  /// No words, to which fields are written.
  init() {}

  /// The words of other owners, from which fields are read.
  init(reading bytes: [UInt8]) {
    areValid = bytes.count % 8 == 0
    words = unsafe bytes.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count - 7, by: 8).map {
        UInt64(
          littleEndian: unsafe bytes.loadUnaligned(
            fromByteOffset: $0, as: UInt64.self))
      }
    }
    next = 0
  }

  /// The words as bytes.
  var bytes: [UInt8] {
    unsafe words.map(\.littleEndian).withUnsafeBytes { unsafe Array($0) }
  }

  /// Whether all words have been read, and were values of their fields.
  var wereRead: Bool { areValid && next == words.count }

  /// Notes whether a field that was read has a value that it can have.
  mutating func require(_ isValid: Bool) { areValid = areValid && isValid }

  mutating func pass(_ word: inout UInt64) {
    guard let place = next else {
      words.append(word)
      return
    }
    require(place < words.count)
    if areValid {
      word = words[place]
      next = place + 1
    }
  }

  mutating func pass(_ number: inout Int) {
    var word = UInt64(bitPattern: Int64(number))
    pass(&word)
    number = Int(Int64(bitPattern: word))
  }

  mutating func pass(_ number: inout Double) {
    var word = number.bitPattern
    pass(&word)
    number = Double(bitPattern: word)
  }

  mutating func pass(_ flag: inout Bool) {
    var word: UInt64 = flag ? 1 : 0
    pass(&word)
    require(word <= 1)
    flag = word == 1
  }

  /// Passes a number of elements.
  mutating func pass(count: inout Int) {
    pass(&count)
    require((0...ParameterLayout.largestCount).contains(count))
  }
}
