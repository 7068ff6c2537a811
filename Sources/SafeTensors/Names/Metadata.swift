//===--- Metadata.swift - the texts that come with tensors ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The texts that come with tensors, each under a key.
///
///     var metadata: Metadata = ["step": "1000"]
///     metadata["seed"] = "7"
///     for (key, value) in metadata { print(key, value) }
///
/// Keys are compared by their UTF-8 bytes, as in other programs: the two
/// spellings of `"é"` are two keys here, and one key in a `Dictionary`. The
/// entries are in the order of the keys' bytes.
public struct Metadata: Sendable {
  /// The places in `bytes` of a key and of the value behind the key. A header
  /// has at most 100 MB, so that 32 bits are enough.
  private struct Entry {
    let start: UInt32
    let middle: UInt32
    let end: UInt32

    var key: Range<Int> { Int(start)..<Int(middle) }
    var value: Range<Int> { Int(middle)..<Int(end) }
  }

  /// All keys and values in UTF-8, without gaps. With two strings an entry, a
  /// header of short texts would need many times its own memory.
  private var bytes: [UInt8] = []
  private var entries: [Entry] = []

  /// No texts.
  package init() {}

  /// The texts of a dictionary, with their keys.
  ///
  /// - Complexity: O(*n* log *n*) for *n* bytes.
  public init(_ dictionary: [String: String]) {
    for (key, value) in dictionary { append(key, value) }
    sort()
  }

  /// The text under a key, or `nil`.
  ///
  /// Setting a text replaces the text under the key. Setting `nil` removes the
  /// entry.
  ///
  /// - Complexity: O(log *n*) for *n* entries to get the text, and
  ///   O(*n* log *n*) to set the text.
  public subscript(key: String) -> String? {
    get {
      bytes(ofKey: key).map { String(decoding: $0, as: UTF8.self) }
    }
    set {
      self = filter { !$0.hasBytes(of: key) }
      guard let newValue else { return }
      append(key, newValue)
      sort()
    }
  }

  /// The UTF-8 bytes of the text under a key, or `nil`. Unlike a `String`, the
  /// bytes take no memory of their own.
  ///
  /// - Complexity: O(log *n*) for *n* entries.
  package func bytes(ofKey key: String) -> ArraySlice<UInt8>? {
    let position = position(of: key)
    guard position < count, order(at: position, key) == 0 else { return nil }
    return bytes[entries[position].value]
  }

  /// The texts whose keys satisfy a condition.
  ///
  /// - Complexity: O(*n*) for *n* entries.
  package func filter(_ isIncluded: (_ key: String) -> Bool) -> Metadata {
    var included = Metadata()
    for (key, value) in self where isIncluded(key) {
      included.append(key, value)
    }
    return included
  }

  /// The position of the first entry whose key does not come before `key`.
  func position(of key: String) -> Int {
    var rest = entries.indices
    while !rest.isEmpty {
      let middle = rest.lowerBound + rest.count / 2
      rest =
        order(at: middle, key) < 0
        ? (middle + 1)..<rest.upperBound : rest.lowerBound..<middle
    }
    return rest.lowerBound
  }

  /// The order of the key of an entry and another key, a result of `byteOrder`.
  private func order(at position: Int, _ key: String) -> Int {
    byteOrder(
      bytes.span.extracting(entries[position].key), key.utf8Span.span)
  }
}

// MARK: - Making metadata

extension Metadata {
  private mutating func append(_ key: String, _ value: String) {
    append {
      $0.append(contentsOf: key.utf8)
    } value: {
      $0.append(contentsOf: value.utf8)
    }
  }

  /// Makes room for a number of entries. Room without entries takes addresses,
  /// but no memory.
  mutating func reserveCapacity(_ entryCount: Int) {
    entries.reserveCapacity(entryCount)
  }

  /// Appends an entry whose key and value two functions append to the bytes.
  mutating func append<Failure>(
    key: (inout [UInt8]) throws(Failure) -> Void,
    value: (inout [UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    let start = bytes.count
    try key(&bytes)
    let middle = bytes.count
    try value(&bytes)
    precondition(
      bytes.count <= Int(UInt32.max), "metadata has at most 4 GiB of text")
    entries.append(
      Entry(
        start: UInt32(start), middle: UInt32(middle), end: UInt32(bytes.count)))
  }

  /// Whether the entry that was appended last has this key.
  func endsWith(key: String) -> Bool {
    order(at: entries.count - 1, key) == 0
  }

  /// Puts the entries into the order of their keys.
  ///
  /// - Returns: A key that two entries have, if there is one.
  /// - Complexity: O(*n* log *n*) for *n* bytes.
  @discardableResult
  mutating func sort() -> String? {
    let bytes = bytes
    func order(_ left: Entry, _ right: Entry) -> Int {
      byteOrder(
        bytes.span.extracting(left.key), bytes.span.extracting(right.key))
    }
    entries.sort { order($0, $1) < 0 }
    for (index, entry) in entries.indices.dropFirst().enumerated()
    where order(entries[index], entries[entry]) == 0 {
      return self[index].key
    }
    return nil
  }
}

// MARK: - Using metadata

extension Metadata: RandomAccessCollection {
  /// The position of the first entry.
  public var startIndex: Int { 0 }
  /// The position behind the last entry.
  public var endIndex: Int { entries.count }

  /// The entry at a position in the order of the keys.
  ///
  /// - Complexity: O(*n*) for *n* bytes of the entry.
  public subscript(position: Int) -> (key: String, value: String) {
    let entry = entries[position]
    return (
      String(decoding: bytes[entry.key], as: UTF8.self),
      String(decoding: bytes[entry.value], as: UTF8.self)
    )
  }
}

extension Metadata: ExpressibleByDictionaryLiteral {
  /// The texts of a literal, in which no two keys have the same bytes. A
  /// literal with such keys stops the program.
  ///
  /// - Complexity: O(*n* log *n*) for *n* bytes.
  public init(dictionaryLiteral elements: (String, String)...) {
    for (key, value) in elements { append(key, value) }
    let duplicate = sort()
    precondition(
      duplicate == nil, "metadata has each key once: '\(duplicate ?? "")'")
  }
}

extension Metadata: Hashable {
  /// Whether the same texts are under the same keys in both, byte by byte.
  public static func == (left: Metadata, right: Metadata) -> Bool {
    left.count == right.count
      && left.indices.allSatisfy {
        left.entryBytes(at: $0).elementsEqual(right.entryBytes(at: $0))
          && left.entries[$0].key.count == right.entries[$0].key.count
      }
  }

  /// Hashes the bytes of the keys and values.
  public func hash(into hasher: inout Hasher) {
    for position in indices {
      hasher.combine(entries[position].key.count)
      for byte in entryBytes(at: position) { hasher.combine(byte) }
    }
  }

  private func entryBytes(at position: Int) -> ArraySlice<UInt8> {
    bytes[Int(entries[position].start)..<Int(entries[position].end)]
  }
}

extension Metadata: CustomStringConvertible {
  /// The keys and values, written like a dictionary.
  public var description: String {
    isEmpty
      ? "[:]"
      : "["
        + map { "\($0.key.debugDescription): \($0.value.debugDescription)" }
        .joined(separator: ", ") + "]"
  }
}
