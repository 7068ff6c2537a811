//===--- Digest.swift - a number for many words ---------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
/// A number that is the same in all processes for the same words, and differs
/// for other words, except for a chance of one in 2^64.
///
/// The hash is FNV-1a, with the offset basis and the prime that its
/// specification has for 64 bits, word by word.
struct Digest {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ word: UInt64) {
    value = (value ^ word) &* 0x100_0000_01b3
  }
}

#endif
