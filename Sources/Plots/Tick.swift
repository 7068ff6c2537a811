//===--- Tick.swift - round numbers along an axis -------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Glibc
internal import Numerals

/// A mark on an axis.
struct Tick: Hashable {
  let value: Double
  let label: Label

  enum Label: Hashable {
    case none
    case plain(String)
    /// A power of ten.
    case power(Int)
  }
}

extension Axis.Scale {
  /// The smallest range between round numbers that contains another range.
  func roundRange(around range: ClosedRange<Double>) -> ClosedRange<Double> {
    var (lower, upper) = (range.lowerBound, range.upperBound)
    switch self {
    case .linear:
      if lower == upper {
        let margin = lower == 0 ? 1 : abs(lower) / 2
        (lower, upper) = (lower - margin, upper + margin)
      }
      let step = linearStep(lower...upper)
      lower = (lower / step).rounded(.down) * step
      upper = (upper / step).rounded(.up) * step
      return lower...upper
    case .logarithmic:
      if lower == upper { (lower, upper) = (lower / 2, upper * 2) }
      return roundPositive(lower, .down)...roundPositive(upper, .up)
    case .nearOne:
      if lower == upper { lower = 1 - 2 * (1 - upper) }
      lower = 1 - roundPositive(1 - lower, .up)
      upper = 1 - roundPositive(1 - upper, .down)
      return lower...upper
    }
  }

  /// The ticks of a range, about six, in ascending order.
  func ticks(in range: ClosedRange<Double>) -> [Tick] {
    switch self {
    case .linear: linearTicks(in: range)
    case .logarithmic: logarithmicTicks(in: range)
    case .nearOne:
      logarithmicTicks(in: (1 - range.upperBound)...(1 - range.lowerBound))
        .reversed().map { tick in
          let value = 1 - tick.value
          return Tick(
            value: value,
            label: tick.label == .none
              ? .none : .plain(value.text(significant: 12)))
        }
    }
  }
}

/// The distance of ticks: 1, 2 or 5 times a power of ten, such that a range has
/// four to eight of them.
private func linearStep(_ range: ClosedRange<Double>) -> Double {
  let rough = (range.upperBound - range.lowerBound) / 6
  let power = pow(10, log10(rough).rounded(.down))
  let factor = [1, 2, 5, 10].min {
    abs(log(rough / (power * $0))) < abs(log(rough / (power * $1)))
  }
  return power * (factor ?? 1)
}

private func linearTicks(in range: ClosedRange<Double>) -> [Tick] {
  let step = linearStep(range)
  // An end of the range that is a multiple of the step, up to rounding, has a
  // tick.
  let first = (range.lowerBound / step - 1e-9).rounded(.up)
  let last = (range.upperBound / step + 1e-9).rounded(.down)
  let decimals = max(0, Int((-log10(step) - 1e-9).rounded(.up)))
  let isHuge = max(abs(first), abs(last)) * step >= 1e7
  return stride(from: first, through: last, by: 1).map {
    // Adding 0 turns -0 into 0.
    let value = $0 * step + 0
    return Tick(
      value: value,
      label: .plain(
        isHuge || decimals > 6
          ? value.text(significant: 3)
          : decimals == 0
            ? grouped(Int(value.rounded())) : value.text(decimals: decimals)))
  }
}

/// The nearest number above or below a positive one that is 1, 2 or 5 times a
/// power of ten.
private func roundPositive(
  _ value: Double, _ rule: FloatingPointRoundingRule
) -> Double {
  let power = pow(10, (log10(value) + 1e-12).rounded(.down))
  let candidates = [1, 2, 5, 10].map { $0 * power }
  return rule == .down
    ? candidates.last { $0 <= value * (1 + 1e-9) } ?? value
    : candidates.first { $0 >= value * (1 - 1e-9) } ?? value
}

private func logarithmicTicks(in range: ClosedRange<Double>) -> [Tick] {
  let lower = Int((log10(range.lowerBound) + 1e-9).rounded(.down))
  let upper = Int((log10(range.upperBound) - 1e-9).rounded(.up))
  let decades = log10(range.upperBound / range.lowerBound)
  func isInside(_ value: Double) -> Bool {
    value >= range.lowerBound * (1 - 1e-9)
      && value <= range.upperBound * (1 + 1e-9)
  }
  // Within half a decade a logarithmic scale is nearly linear.
  if decades < 0.5 { return linearTicks(in: range) }
  if decades < 2.5 {
    return (lower...upper).flatMap { exponent in
      [1, 2, 5].map { $0 * pow(10, Double(exponent)) }
    }.filter(isInside).map {
      Tick(value: $0, label: .plain(decimalText($0)))
    }
  }
  let every = 1 + Int(decades / 9)
  let isPlain = lower >= -3 && upper <= 6
  return (lower...upper).flatMap { exponent in
    let power = pow(10, Double(exponent))
    var ticks: [Tick] = []
    if isInside(power), exponent.isMultiple(of: every) {
      ticks.append(
        Tick(
          value: power,
          label: isPlain ? .plain(decimalText(power)) : .power(exponent)))
    }
    if decades <= 5 {
      ticks += (2...9).map { Double($0) * power }.filter(isInside)
        .map { Tick(value: $0, label: .none) }
    }
    return ticks
  }
}

/// The text of a round number, with an exponent only if that makes the text
/// shorter.
func decimalText(_ value: Double) -> String {
  value >= 1000 && value < 1e7
    ? grouped(Int(value.rounded())) : value.text(significant: 6)
}
