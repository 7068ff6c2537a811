//===--- Digest.swift - a number for many words ---------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
/// A number that is the same in all processes for the same words, and differs
/// for other words, except for a chance of one in 2^64.
///
/// A word is mixed in by a multiplication, which carries differences up, and a
/// shift, which carries differences down. Both can be undone, so that two lists
/// that differ in one word never have the same number. The factor is 2^64
/// divided by the golden ratio.
struct Digest {
  private(set) var value: UInt64 = 0

  mutating func add(_ word: UInt64) {
    value = (value ^ word) &* 0x9e37_79b9_7f4a_7c15
    value ^= value >> 32
    // A word of 0 must count too.
    value &+= 1
  }

  /// Adds words of eight bytes, and the bytes that are left.
  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    let words = bytes.count / 8
    for word in 0..<words {
      add(
        unsafe bytes.loadUnaligned(
          fromByteOffset: word * 8, as: UInt64.self))
    }
    for place in (words * 8)..<bytes.count { add(unsafe UInt64(bytes[place])) }
  }
}

#endif
