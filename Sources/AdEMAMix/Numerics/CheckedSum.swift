//===--- CheckedSum.swift - a sum that may meet what is not finite --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A sum that may have met something that is not finite.
struct CheckedSum {
  private var finite = ReproducibleSum()
  private var isFinite = true

  /// The sum, or NaN.
  var value: Double { isFinite ? finite.value : .nan }

  mutating func add(_ number: Double) {
    if number.isFinite { finite.add(number) } else { isFinite = false }
  }

  mutating func add(_ other: CheckedSum) {
    finite.add(other.finite)
    isFinite = isFinite && other.isFinite
  }
}

extension CheckedSum: ExchangedSum {
  /// The sum of finite numbers, and whether all were finite.
  mutating func pass(to words: inout SumWords) {
    finite.pass(to: &words)
    words.pass(&isFinite)
  }
}
