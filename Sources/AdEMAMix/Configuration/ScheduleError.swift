//===--- ScheduleError.swift - what makes a schedule meaningless ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A rule that a schedule breaks whatever it is used for.
///
/// Schedules are plain values and may come from a file, so they are checked
/// when an optimizer receives them, not when they are written down.
package enum ScheduleError: Error, Sendable, Hashable {
  /// A duration, start or boundary lies below 0 steps.
  case negativeCount(Int)
  /// A schedule of ``HyperparameterSchedule/joined(schedules:boundaries:)``
  /// would have to end before it begins: `start` is the length of a warm-up,
  /// `end` the total.
  case endsBeforeStart(start: Int, end: Int)
  /// A value, factor or limit is infinite or NaN.
  case notFinite(Double)
  /// A power, exponent or decay rate is not positive.
  case notPositive(Double)
  /// A rate of ``HyperparameterSchedule/halfLife(from:to:over:)`` lies outside
  /// `0 ..< 1`.
  case rateOutOfRange(Double)
  /// A factor of ``HyperparameterSchedule/piecewiseConstant(from:changes:)`` is
  /// negative.
  case negativeFactor(Double)
  /// More than ``HyperparameterSchedule/depthLimit`` joined schedules lie
  /// within each other.
  case tooDeep
  /// There must be one schedule more than there are boundaries.
  case boundaryCount(schedules: Int, boundaries: Int)
  /// Boundaries must ascend.
  case boundariesNotAscending([Int])
  /// A table is empty, or has more values than
  /// ``HyperparameterSchedule/tableCountLimit``.
  case tableCount(Int)
  /// A function was decoded, and has a name alone.
  case unknownFunction(String)
}

extension HyperparameterSchedule {
  /// Checks everything but the range of the values, which depends on the
  /// hyperparameter.
  func validate() throws(ScheduleError) {
    switch self {
    case .constant:
      break  // Its range is checked with the hyperparameter's own rule.
    case .polynomial(let start, let end, let power, let steps, let first):
      try requireFinite(start, end)
      try requirePositive(power)
      try requireCount(steps, first)
    case .cosineDecay(let start, let end, let steps, let exponent):
      try requireFinite(start, end)
      try requirePositive(exponent)
      try requireCount(steps)
    case .exponentialDecay(
      let start, let rate, let steps, let first, _, let limit):
      try requireFinite(start, limit ?? 0)
      try requirePositive(rate)
      try requireCount(steps, first)
    case .squareRootDecay(let start, let end, let steps):
      try requireFinite(start, end)
      try requireCount(steps)
    case .halfLife(let start, let end, let steps):
      for rate in [start, end] where !(0..<1).contains(rate) {
        throw .rateOutOfRange(rate)
      }
      try requireCount(steps)
    case .piecewiseConstant(let start, let changes):
      try requireFinite(start)
      for change in changes {
        try requireCount(change.count)
        try requireFinite(change.factor)
        if change.factor < 0 { throw .negativeFactor(change.factor) }
      }
    case .joined(let schedules, let boundaries):
      guard schedules.depth <= HyperparameterSchedule.depthLimit else {
        throw .tooDeep
      }
      guard schedules.count == boundaries.count + 1 else {
        throw .boundaryCount(
          schedules: schedules.count, boundaries: boundaries.count)
      }
      for boundary in boundaries { try requireCount(boundary) }
      guard zip(boundaries, boundaries.dropFirst()).allSatisfy(<=) else {
        throw .boundariesNotAscending(boundaries)
      }
      for (start, schedule) in zip(boundaries, schedules.dropFirst()) {
        try schedule.requireEnd(after: start)
      }
      for schedule in schedules { try schedule.validate() }
    case .table(let values):
      guard (1...HyperparameterSchedule.tableCountLimit).contains(values.count)
      else { throw .tableCount(values.count) }
      for value in values where !value.isFinite { throw .notFinite(value) }
    case .function(let function):
      if !function.isKnown { throw .unknownFunction(function.name ?? "") }
    }
  }
}

extension HyperparameterSchedule {
  /// Checks a duration that may be the rest of a total.
  fileprivate func requireEnd(after start: Int) throws(ScheduleError) {
    switch self {
    case .polynomial(_, _, _, let steps, _), .cosineDecay(_, _, let steps, _),
      .exponentialDecay(_, _, let steps, _, _, _),
      .squareRootDecay(_, _, let steps), .halfLife(_, _, let steps):
      guard steps < 0 else { return }
      throw .endsBeforeStart(start: start, end: start + steps)
    case .constant, .piecewiseConstant, .joined, .table, .function: return
    }
  }
}

private func requireCount(_ counts: Int...) throws(ScheduleError) {
  for count in counts where count < 0 { throw .negativeCount(count) }
}

private func requireFinite(_ values: Double...) throws(ScheduleError) {
  for value in values where !value.isFinite { throw .notFinite(value) }
}

private func requirePositive(_ value: Double) throws(ScheduleError) {
  try requireFinite(value)
  if value <= 0 { throw .notPositive(value) }
}

extension ScheduleError: CustomStringConvertible {
  /// The value and the rule it breaks.
  package var description: String {
    switch self {
    case .negativeCount(let count):
      "\(count) steps: a duration, start or boundary must be at least 0"
    case .endsBeforeStart(let start, let end):
      "a part from step \(start) to step \(end): it must not end before it "
        + "begins, so a warm-up must not be longer than the total"
    case .notFinite(let value):
      "\(value): values, factors and limits must be finite"
    case .notPositive(let value):
      "\(value): powers, exponents and decay rates must be positive"
    case .rateOutOfRange(let rate):
      "\(rate): a rate with a half-life must lie in 0 ..< 1"
    case .negativeFactor(let factor):
      "\(factor): a factor must be at least 0"
    case .tooDeep:
      "joined schedules more than \(HyperparameterSchedule.depthLimit) deep within each other"
    case .boundaryCount(let schedules, let boundaries):
      "\(schedules) schedules and \(boundaries) boundaries: "
        + "there must be one schedule more than boundaries"
    case .boundariesNotAscending(let boundaries):
      "boundaries \(boundaries): they must ascend"
    case .tableCount(let count):
      "a table of \(count) values: there must be 1 to "
        + "\(HyperparameterSchedule.tableCountLimit)"
    case .unknownFunction(let name):
      "the function '\(name)' by its name alone: the function itself must be "
        + "supplied"
    }
  }
}

/// Errors are equal that say the same, so that one about a NaN equals itself.
extension ScheduleError {
  /// Whether both say the same.
  package static func == (left: Self, right: Self) -> Bool {
    left.description == right.description
  }

  /// Goes by what the error says.
  package func hash(into hasher: inout Hasher) { hasher.combine(description) }
}
