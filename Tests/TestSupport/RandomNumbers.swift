//===--- RandomNumbers.swift - numbers that are the same in every run -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

// Generic functions of this module that loop over elements are specialized, and
// the loops of the two that are called most have no closures and no tuples:
// otherwise tests spend minutes on numbers, above all in unoptimized builds.

/// The SplitMix64 generator (Steele, Lea and Flood, 2014, "Fast Splittable
/// Pseudorandom Number Generators"): seeded, so that failures repeat.
package struct RandomNumbers: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  init(of seed: Int) { self.init(seed: UInt64(bitPattern: Int64(seed))) }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    return bits ^ (bits >> 31)
  }

  /// Numbers between -1 and 1, exact in every scalar type.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package mutating func numbers<Scalar: BinaryFloatingPoint>(
    _ count: Int, as _: Scalar.Type = Scalar.self
  ) -> [Scalar] {
    var numbers: [Scalar] = []
    numbers.reserveCapacity(count)
    while numbers.count < count { numbers.append(Scalar(number())) }
    return numbers
  }

  /// A number between -1 and 1, exact in every scalar type.
  mutating func number() -> Double {
    Double(Int64(bitPattern: next()) >> 40) * 0x1p-23
  }

  /// One of some elements.
  package mutating func one<Element>(of elements: [Element]) -> Element {
    elements[Int.random(in: elements.indices, using: &self)]
  }

  /// A yes, this often.
  package mutating func isTrue(_ probability: Double) -> Bool {
    Double.random(in: 0..<1, using: &self) < probability
  }
}

/// Numbers between -1 and 1, others for every seed.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
package func sample<Scalar: BinaryFloatingPoint>(
  _ count: Int, _ seed: Int = 0
) -> [Scalar] {
  var random = RandomNumbers(of: seed)
  return random.numbers(count)
}

/// Integers from 0 to 10 in an order of the call and the rank: sums of a few
/// are exact in every scalar type, in whatever order they are added.
package func smallIntegers(
  _ count: Int, call: Int, rank: Int = 0
) -> [Int] {
  (0..<count).map { ($0 &* 7 &+ call &* 3 &+ rank &* 5) % 11 }
}

/// Parameters from 0 to 16/9, to begin with.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
package func ninths<Scalar: BinaryFloatingPoint>(_ count: Int) -> [Scalar] {
  (0..<count).map { Scalar($0 % 17) / 9 }
}
