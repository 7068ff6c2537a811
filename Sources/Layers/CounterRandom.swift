//===--- CounterRandom.swift - random numbers by their index --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Glibc

/// A sequence of random numbers. Each number is a function of seed, stream and
/// index, so that a run that is resumed needs no state.
///
/// The mixing function is that of SplitMix64 (Steele, Lea and Flood, "Fast
/// Splittable Pseudorandom Number Generators", 2014).
package struct CounterRandom: Sendable {
  private let key: UInt64

  package init(seed: UInt64, stream: UInt64) {
    key = mixed(mixed(seed) &+ stream)
  }

  /// A number of 64 random bits.
  package func bits(_ index: UInt64) -> UInt64 {
    // This is a whole step of SplitMix64, from a state that the key spreads
    // out.
    mixed(key &+ index &* 0x9E37_79B9_7F4A_7C15)
  }

  /// A uniform number in `0 ..< bound`, with a bias below bound/2⁶⁴.
  package func below(_ bound: Int, _ index: UInt64) -> Int {
    precondition(bound > 0)
    return Int(UInt64(bound).multipliedFullWidth(by: bits(index)).high)
  }

  /// A uniform number between 0 and 1.
  package func uniform(_ index: UInt64) -> Double {
    (Double(bits(index) >> 11) + 0.5) * 0x1p-53
  }

  /// A normally distributed number, with a mean of 0 and a deviation of 1 (Box
  /// and Muller, 1958).
  package func normal(_ index: UInt64) -> Double {
    let radius = (-2 * log(uniform(2 &* index))).squareRoot()
    return radius * cos(2 * .pi * uniform(2 &* index &+ 1))
  }
}

private func mixed(_ bits: UInt64) -> UInt64 {
  var z = bits &+ 0x9E37_79B9_7F4A_7C15
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}
