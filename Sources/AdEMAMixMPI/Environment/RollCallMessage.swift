//===--- RollCallMessage.swift - from a rank that waits -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
/// A message between ranks that wait for each other.
struct RollCallMessage {
  enum Kind: UInt8 {
    /// A rank asks the receiver for an answer.
    case question
    /// The sender waits, too. The text is the call in which it waits.
    case answer
    /// The sender has given up. The text is a ``Verdict``.
    case verdict
  }

  let kind: Kind
  /// The number that the asking rank has given its question. An answer has the
  /// number of the question.
  let number: Int64
  let text: String

  /// The most bytes of a message.
  ///
  /// MPI sends messages of this size at once, whether or not their receiver is
  /// there: the least limit of the tested libraries is 4 KiB.
  static var byteCount: Int { 1024 }

  /// The bytes before the text.
  private static var headCount: Int { 1 + MemoryLayout<Int64>.size }

  init(_ kind: Kind, number: Int64 = 0, _ text: String = "") {
    self.kind = kind
    self.number = number
    self.text = text
  }

  /// Reads a message, which ends with the first byte of 0 in its text.
  ///
  /// - Parameter bytes: ``byteCount`` bytes.
  init?(_ bytes: [UInt8]) {
    guard let kind = Kind(rawValue: bytes[0]) else { return nil }
    let number = bytes[1..<Self.headCount].reversed().reduce(Int64(0)) {
      $0 << 8 | Int64($1)
    }
    self.init(
      kind, number: number,
      String(
        decoding: bytes[Self.headCount...].prefix { $0 != 0 },
        as: UTF8.self))
  }

  /// The bytes of the message: ``byteCount`` of them, with a cut text if the
  /// text is too long.
  var bytes: [UInt8] {
    var bytes = [kind.rawValue]
    bytes += (0..<MemoryLayout<Int64>.size).map {
      UInt8(truncatingIfNeeded: number >> (8 * $0))
    }
    bytes += text.utf8.prefix(Self.byteCount - Self.headCount - 1)
    bytes += Array(repeating: 0, count: Self.byteCount - bytes.count)
    return bytes
  }
}

#endif
