//===--- RandomNumbers.swift - numbers that are the same in every run -----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The SplitMix64 generator (Steele, Lea and Flood, 2014, "Fast Splittable
/// Pseudorandom Number Generators"): seeded, so that failures repeat.
struct RandomNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    return bits ^ (bits >> 31)
  }

  /// Numbers between -1 and 1, exact in every scalar type.
  mutating func numbers<Scalar: BinaryFloatingPoint>(
    _ count: Int, as _: Scalar.Type = Scalar.self
  ) -> [Scalar] {
    (0..<count).map { _ in
      Scalar(Double(Int64(bitPattern: next()) >> 40) * 0x1p-23)
    }
  }
}
