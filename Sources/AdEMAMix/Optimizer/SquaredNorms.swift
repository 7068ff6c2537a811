//===--- SquaredNorms.swift - what a step measures of elements ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// Squared norms of the equations' quantities, and products of them.
struct SquaredNorms {
  /// The index of the group.
  var group = 0
  var count = 0
  var gradient = 0.0
  var fast = 0.0
  var slow = 0.0
  var second = 0.0
  var update = 0.0
  var fastSlow = 0.0
  /// Of the two terms of the numerator, m1/(1-β1ᵗ) and α·m2.
  var fastTerm = 0.0
  var slowTerm = 0.0
  var termProduct = 0.0
  var limitedCount = 0

  init() {}

  /// The measurements on one slice.
  init<Scalar>(
    _ sums: MeasuredSums, of slice: TensorSlice, _ pass: GroupOperands<Scalar>,
    _ factors: SliceFactors, hasFast: Bool
  ) {
    group = slice.group
    count = slice.count
    func product(_ sum: CheckedSum, _ a: Double, _ b: Double) -> Double {
      sum.value * a * b
    }
    let g = factors.folded
    let s1 = hasFast ? pass.scales.fast.value : g
    let s2 = pass.scales.slow.value
    let sν = pass.scales.second.value
    gradient = product(sums.gradient, g, g)
    fast = product(sums.fast, s1, s1)
    slow = product(sums.slow, s2, s2)
    second = product(sums.second, sν, sν)
    fastSlow = product(sums.fastSlow, s1, s2)
    update = product(sums.direction, 1, 1)
    let w1 = pass.coefficients.fastTermWeight * (hasFast ? 1 : g)
    let w2 = pass.coefficients.slowTermWeight
    fastTerm = product(sums.fast, w1, w1)
    slowTerm = product(sums.slow, w2, w2)
    termProduct = product(sums.fastSlow, w1, w2)
    limitedCount = sums.limitedCount
  }

  mutating func add(_ other: SquaredNorms) {
    count += other.count
    gradient += other.gradient
    fast += other.fast
    slow += other.slow
    second += other.second
    update += other.update
    fastSlow += other.fastSlow
    fastTerm += other.fastTerm
    slowTerm += other.slowTerm
    termProduct += other.termProduct
    limitedCount += other.limitedCount
  }
}
