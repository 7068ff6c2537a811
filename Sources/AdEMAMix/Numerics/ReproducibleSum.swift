//===--- ReproducibleSum.swift - a sum that no order of adding changes ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A sum of floating-point numbers that is the same whatever the order in which
/// they, or sums of parts of them, are added: over threads, shards, machines.
///
/// The numbers are cut at fixed places, every 32 bits, into whole digits. The
/// sum keeps the four highest digits it has met, each as an integer, and
/// forgets what lies below: at most 2^-84 of the largest number a number.
/// Integers add without rounding, and which digits survive depends on the
/// largest number alone, so order is lost. (After Demmel and Nguyen, 2015,
/// "Parallel Reproducible Summation", with digits in place of bins.)
///
/// At most 2^31 numbers may be added.
struct ReproducibleSum: Sendable, Hashable {
  /// The highest first. Never carried over: a carry would outlive its digit.
  private var digits = SIMD4<Int64>.zero
  /// The place of the highest digit, whose unit is 2^(32·place + ``unit``).
  private var place = Int.min / 2

  /// The exponent of the smallest number's unit.
  private static let unit = -1074

  /// Adds a finite number, multiplied by 2^`exponent`.
  mutating func add(_ number: Double, exponent: Int = 0) {
    if number == 0 { return }
    let biased = Int(number.exponentBitPattern)
    let implicit: UInt64 = biased == 0 ? 0 : 1 << 52
    let significand = number.significandBitPattern | implicit
    let position = max(biased, 1) - 1 + exponent
    let shift = UInt64(truncatingIfNeeded: position & 31)
    let low = significand << shift
    let high = shift == 0 ? 0 : significand >> (64 - shift)
    let magnitude = SIMD4<Int64>(
      Int64(high), Int64(low >> 32), Int64(low & 0xffff_ffff), 0)
    align(
      number < 0 ? .zero &- magnitude : magnitude, at: (position >> 5) + 2)
  }

  /// Adds the numbers of another sum.
  mutating func add(_ other: ReproducibleSum) {
    align(other.digits, at: other.place)
  }

  private mutating func align(_ addend: SIMD4<Int64>, at other: Int) {
    if other > place {
      digits = Self.lowered(digits, by: other - place)
      place = other
      digits &+= addend
    } else {
      digits &+= Self.lowered(addend, by: place - other)
    }
  }

  /// Digits as they stand below a digit so many places higher.
  private static func lowered(
    _ digits: SIMD4<Int64>, by places: Int
  ) -> SIMD4<Int64> {
    switch places {
    case 0: digits
    case 1: SIMD4(0, digits[0], digits[1], digits[2])
    case 2: SIMD4(0, 0, digits[0], digits[1])
    case 3: SIMD4(0, 0, 0, digits[0])
    default: .zero
    }
  }

  /// The sum as a number times a power of two: it may lie outside the range of
  /// a `Double`.
  private var scaled: (significand: Double, exponent: Int) {
    var sum = 0.0
    for index in (0..<4).reversed() {
      sum += Double(digits[index]) * powerOfTwoScaled(1, -32 * index)
    }
    return sum == 0 ? (0, 0) : (sum, 32 * place + Self.unit)
  }

  /// The sum, rounded; infinite where it is too large.
  var value: Double {
    let (significand, exponent) = scaled
    return powerOfTwoScaled(significand, exponent)
  }

  /// The root of a sum of squares. It never overflows on the way.
  var squareRoot: Double {
    let (significand, exponent) = scaled
    // An odd exponent has no half.
    let odd = exponent & 1
    return powerOfTwoScaled(
      powerOfTwoScaled(significand, odd).squareRoot(), (exponent - odd) / 2)
  }
}

extension ReproducibleSum: ExchangedSum {
  /// Four digits, the highest first, and the place of the highest.
  mutating func pass(to words: inout SumWords) {
    for index in 0..<4 {
      var digit = Int(digits[index])
      words.pass(&digit)
      digits[index] = Int64(digit)
    }
    words.pass(&place)
    // Finite numbers and their squares have places from -34 to 98.
    words.require(
      place == ReproducibleSum().place || (-99...99).contains(place))
  }
}

/// `number·2^exponent`.
func powerOfTwoScaled(_ number: Double, _ exponent: Int) -> Double {
  Double(sign: .plus, exponent: exponent, significand: number)
}
