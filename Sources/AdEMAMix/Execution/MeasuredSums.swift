//===--- MeasuredSums.swift - the sums of diagnostics ---------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// The sums that diagnostics need, of moments as they are stored.
struct MeasuredSums {
  var gradient = CheckedSum()
  var fast = CheckedSum()
  var slow = CheckedSum()
  var second = CheckedSum()
  var direction = CheckedSum()
  var fastSlow = CheckedSum()
  /// The elements of the direction that were beyond its limit.
  var limitedCount = 0

  mutating func add(_ other: MeasuredSums) {
    gradient.add(other.gradient)
    fast.add(other.fast)
    slow.add(other.slow)
    second.add(other.second)
    direction.add(other.direction)
    fastSlow.add(other.fastSlow)
    limitedCount += other.limitedCount
  }

  /// Takes in a measurement of some tiles: of the same ones whoever works on
  /// them, or the sums would depend on it.
  mutating func add(_ measurement: ademamix_measurement) {
    gradient.add(total(measurement.gradient))
    fast.add(total(measurement.fast))
    slow.add(total(measurement.slow))
    second.add(total(measurement.second))
    direction.add(total(measurement.direction))
    fastSlow.add(total(measurement.fast_slow))
  }
}

extension MeasuredSums: ExchangedSum {
  /// The six sums and the count, in the order in which they are declared.
  mutating func pass(to words: inout SumWords) {
    gradient.pass(to: &words)
    fast.pass(to: &words)
    slow.pass(to: &words)
    second.pass(to: &words)
    direction.pass(to: &words)
    fastSlow.pass(to: &words)
    words.pass(count: &limitedCount)
  }
}

private typealias Lanes = (
  Double, Double, Double, Double, Double, Double, Double, Double
)

/// The sum of partial sums, always added in the same order.
private func total(_ lanes: Lanes) -> Double {
  let (a, b, c, d, e, f, g, h) = lanes
  return ((((((a + b) + c) + d) + e) + f) + g) + h
}
