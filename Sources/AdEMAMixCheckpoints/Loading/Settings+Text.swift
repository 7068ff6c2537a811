//===--- Settings+Text.swift - settings in words, on one line -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix

extension HyperparameterSchedule {
  /// The schedule in the syntax of Swift. A constant is its number.
  var text: String {
    switch self {
    case .constant(let value):
      "\(value)"
    case .polynomial(let from, let to, let power, let over, let start):
      "polynomial(from: \(from), to: \(to), power: \(power), over: \(over), "
        + "startingAt: \(start))"
    case .cosineDecay(let from, let to, let over, let exponent):
      "cosineDecay(from: \(from), to: \(to), over: \(over), "
        + "exponent: \(exponent))"
    case .exponentialDecay(
      let from, let rate, let over, let start, let isStaircase, let limit):
      "exponentialDecay(from: \(from), rate: \(rate), over: \(over), "
        + "startingAt: \(start), isStaircase: \(isStaircase), "
        + "limit: \(limit.map { "\($0)" } ?? "nil"))"
    case .squareRootDecay(let from, let to, let over):
      "squareRootDecay(from: \(from), to: \(to), over: \(over))"
    case .halfLife(let from, let to, let over):
      "halfLife(from: \(from), to: \(to), over: \(over))"
    case .piecewiseConstant(let from, let changes):
      "piecewiseConstant(from: \(from), changes: ["
        + changes.map { "at \($0.count): \($0.factor)" }
        .joined(separator: ", ") + "])"
    case .joined(let schedules, let boundaries):
      "joined([\(schedules.map(\.text).joined(separator: ", "))], "
        + "boundaries: \(boundaries))"
    case .table(let values):
      values.count <= 8
        ? "table(\(values))"
        : "table(\(values.count) values, the first "
          + "\(Array(values.prefix(4))), the last \(Array(values.suffix(4))))"
    case .function(let function):
      function.name.map { "function('\($0)')" } ?? "function without a name"
    }
  }
}

extension Optional<GradientAccumulation> {
  /// The rule in the syntax of Swift.
  var text: String {
    switch self {
    case .mean(let schedule): "mean(over: \(schedule.text))"
    case .sum(let schedule): "sum(over: \(schedule.text))"
    case nil: "nil"
    }
  }
}

extension Optional<GradientClipping> {
  /// The rule in the syntax of Swift.
  var text: String {
    switch self {
    case .globalNorm(let limit, let rule): "globalNorm(\(limit), rule: \(rule))"
    case .value(let limit): "value(\(limit))"
    case .blockRMS(let limit): "blockRMS(\(limit))"
    case nil: "nil"
    }
  }
}
