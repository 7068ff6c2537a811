//===--- HyperparameterSchedule+Value.swift - what a schedule gives at a -===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Glibc

extension HyperparameterSchedule {
  /// The value at `count`: 0 before the first step under
  /// ``StepClock/fromZero``, 1 under ``StepClock/fromOne``.
  ///
  /// A ``function(_:_:)`` without code, which a decoder makes, gives NaN.
  ///
  /// - Complexity: O(number of boundaries and changes), and that of a function.
  public func value(at count: Int) -> Double {
    switch self {
    case .constant(let value):
      return value

    case .polynomial(let start, let end, let power, let steps, let first):
      let rest = 1 - progress(count, over: steps, startingAt: first)
      return (start - end) * pow(rest, power) + end

    case .cosineDecay(let start, let end, let steps, let exponent):
      let fraction = progress(count, over: steps)
      // At the end the cosine is -1 but for rounding.
      let rest = fraction == 1 ? 0 : 0.5 * (1 + cos(.pi * fraction))
      return (start - end) * pow(rest, exponent) + end

    case .exponentialDecay(
      let start, let rate, let steps, let first, let isStaircase, let limit):
      func limited(_ value: Double) -> Double {
        guard let limit else { return value }
        return rate < 1 ? max(value, limit) : min(value, limit)
      }
      let passed = stepsPassed(count, since: first)
      // After 0 steps of 0 the value is at its limit too.
      guard passed > 0 || passed == 0 && steps == 0 else {
        return limited(start)
      }
      // 0 stays 0, also times a power that has overflowed.
      if start == 0 { return limited(0) }
      var exponent = steps == 0 ? .infinity : Double(passed) / Double(steps)
      if isStaircase { exponent = exponent.rounded(.down) }
      return limited(start * pow(rate, exponent))

    case .squareRootDecay(let start, let end, let steps):
      return (start - end) * (1 - progress(count, over: steps).squareRoot())
        + end

    case .halfLife(let start, let end, let steps):
      let fraction = progress(count, over: steps)
      // exp(log(rate)) need not be `rate`.
      if fraction == 0 { return start }
      if fraction == 1 { return end }
      // The half-life of a rate b is log(1/2)/log(b), so what moves linearly
      // is 1/log(b). A rate of 0 needs no branch: 1/log(0) is -0.
      let reciprocal = (1 - fraction) / log(start) + fraction / log(end)
      return exp(1 / reciprocal)

    case .piecewiseConstant(let start, let changes):
      return changes.reduce(start) { value, change in
        count >= change.count ? value * change.factor : value
      }

    case .joined(let schedules, let boundaries):
      let passed = boundaries.count { count >= $0 }
      // Too few schedules: no optimizer accepts this one, nor its value.
      guard schedules.indices.contains(passed) else { return .nan }
      let origin = passed == 0 ? 0 : boundaries[passed - 1]
      return schedules[passed].value(at: stepsPassed(count, since: origin))

    case .table(let values):
      // No optimizer accepts an empty table.
      guard let last = values.indices.last else { return .nan }
      return values[min(max(count, 0), last)]

    case .function(let function):
      return function.value(at: count)
    }
  }

  /// The fraction of `steps` that has passed at `count`, from 0 to 1.
  private func progress(
    _ count: Int, over steps: Int, startingAt first: Int = 0
  ) -> Double {
    let passed = stepsPassed(count, since: first)
    if passed >= steps { return 1 }
    return passed <= 0 ? 0 : Double(passed) / Double(steps)
  }

  /// `count - first`, or what is nearest to it in an `Int`: a schedule that was
  /// not checked yet must not trap.
  private func stepsPassed(_ count: Int, since first: Int) -> Int {
    let (passed, isOverflow) = count.subtractingReportingOverflow(first)
    return isOverflow ? (first < 0 ? .max : .min) : passed
  }
}
