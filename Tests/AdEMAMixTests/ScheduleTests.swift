//===--- ScheduleTests.swift - values, laws and rules of schedules --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Foundation
import Testing

@Suite struct `The values of schedules` {
  @Test func `are those of optax and of the papers`() throws {
    let url = try #require(
      Bundle.module.url(
        forResource: "schedules", withExtension: "json", subdirectory: "Golden")
    )
    let table = try JSONDecoder().decode(
      [GoldenSchedule].self, from: Data(contentsOf: url))
    try #require(table.count >= 30)
    for row in table {
      let schedule = row.schedule.schedule
      let largest = row.values.filter(\.isFinite).map(abs).max() ?? 0
      try #require(row.counts.count == row.values.count)
      for (count, expected) in zip(row.counts, row.values) {
        let value = schedule.value(at: count)
        let tolerance = 1e-13 * abs(expected) + 1e-15 * largest
        #expect(
          value == expected || abs(value - expected) <= tolerance,
          "\(schedule) at \(count)")
      }
    }
  }

  @Test(arguments: [0.0, 0.5, 0.9], [0.99, 0.9999, 0.5])
  func `have a half-life that is linear in the count`(
    start: Double, end: Double
  ) {
    func halfLife(_ rate: Double) -> Double { log(0.5) / log(rate) }
    let schedule = HyperparameterSchedule.halfLife(
      from: start, to: end, over: 50)
    for count in 0...60 {
      let fraction = min(Double(count) / 50, 1)
      let expected = (1 - fraction) * halfLife(start) + fraction * halfLife(end)
      let value = halfLife(schedule.value(at: count))
      #expect(abs(value - expected) <= 1e-9 * expected, "at \(count)")
    }
    #expect(schedule.value(at: 0) == start)
    #expect(schedule.value(at: 50) == end)
    #expect(schedule.value(at: .max) == end)
  }

  @Test(arguments: zeroStepSchedules)
  func `are at their end where there are 0 steps`(
    schedule: HyperparameterSchedule, end: Double
  ) {
    for count in [0, 1, 7, .max] { #expect(schedule.value(at: count) == end) }
  }

  @Test func `wait for their first count where there are 0 steps`() {
    let step = HyperparameterSchedule.linear(
      from: 1, to: 2, over: 0, startingAt: 3)
    #expect([2, 3, 4].map(step.value(at:)) == [1, 2, 2])
    let fall = HyperparameterSchedule.exponentialDecay(
      from: 1, rate: 0.5, over: 0, startingAt: 3, limit: 0.25)
    #expect([2, 3, 4].map(fall.value(at:)) == [1, 0.25, 0.25])
  }

  /// As `optax.exponential_decay` does.
  @Test func `stay within a limit that lies beyond the start`() {
    let fall = HyperparameterSchedule.exponentialDecay(
      from: 1, rate: 0.5, over: 10, startingAt: 5, limit: 2)
    #expect([0, 5, 6, 100].map(fall.value(at:)) == [2, 2, 2, 2])
    let zero = HyperparameterSchedule.exponentialDecay(
      from: 0, rate: 0.5, over: 10, limit: 0.25)
    #expect([0, 1, 100].map(zero.value(at:)) == [0.25, 0.25, 0.25])
  }

  @Test func `have a value even where no optimizer would accept them`() {
    let none = HyperparameterSchedule.joined(schedules: [], boundaries: [])
    #expect(none.value(at: 3).isNaN)
    let early = HyperparameterSchedule.linear(
      from: 1, to: 2, over: 10, startingAt: .min)
    #expect(early.value(at: .max) == 2)
    let late = HyperparameterSchedule.linear(
      from: 1, to: 2, over: 10, startingAt: .max)
    #expect(late.value(at: .min) == 1)
  }

  @Test func `start anew behind each boundary of joined ones`() {
    let first = HyperparameterSchedule.linear(from: 0, to: 1, over: 8)
    let second = HyperparameterSchedule.linear(from: 10, to: 20, over: 10)
    let schedule = HyperparameterSchedule.joined(
      schedules: [first, second, 7], boundaries: [4, 6])
    #expect(
      (2...8).map(schedule.value(at:)) == [0.25, 0.375, 10, 11, 7, 7, 7])
    // Between equal boundaries a schedule has no room.
    let skipping = HyperparameterSchedule.joined(
      schedules: [1, 2, 3], boundaries: [4, 4])
    #expect([3, 4, 5].map(skipping.value(at:)) == [1, 3, 3])
  }

  @Test func `are constant for a literal`() {
    let integer: HyperparameterSchedule = 5
    let decimal: HyperparameterSchedule = 0.25
    #expect(integer == .constant(5))
    #expect(decimal == .constant(0.25))
    #expect(decimal.value(at: .max) == 0.25)
  }
}

@Suite struct `Schedules as plain values` {
  @Test(arguments: oneOfEachKind)
  func `survive JSON`(schedule: HyperparameterSchedule) throws {
    let json = try JSONEncoder().encode(schedule)
    #expect(
      try JSONDecoder().decode(HyperparameterSchedule.self, from: json)
        == schedule)
  }

  @Test func `are equal and hash equally by their content`() {
    let kinds = Set(oneOfEachKind)
    #expect(kinds.count == oneOfEachKind.count)
    #expect(kinds.union(oneOfEachKind) == kinds)
    let decay = HyperparameterSchedule.cosineDecay(from: 1, over: 10)
    #expect(decay == .cosineDecay(from: 1, to: 0, over: 10, exponent: 1))
    #expect(decay != .cosineDecay(from: 1, over: 11))
  }
}

@Suite struct `A schedule that breaks a rule` {
  @Test(arguments: brokenSchedules)
  func `is refused by an optimizer`(
    schedule: HyperparameterSchedule, error: ScheduleError
  ) {
    let valid = Hyperparameters(learningRate: 0.1)
    for (name, hyperparameters) in [
      (HyperparameterName.learningRate, valid.with(\.learningRate, schedule)),
      (.beta3, valid.with(\.beta3, schedule)),
      (.alpha, valid.with(\.alpha, schedule)),
      (.weightDecay, valid.with(\.weightDecay, schedule)),
    ] {
      let expected = AdEMAMixError.invalidSchedule(error, of: name, group: "w")
      let thrown = #expect(throws: AdEMAMixError.self) {
        _ = try AdEMAMix<Float>([
          ParameterGroup("w", sizes: [1], hyperparameters)
        ])
      }
      // The description, since NaN is not equal to itself.
      #expect(thrown?.description == expected.description)
      #expect(
        expected.description
          == "the schedule of \(name) in group 'w' has \(error.description)")
    }
  }

  @Test(arguments: [
    (ScheduleError.negativeCount(-3), "-3 steps: a duration, start"),
    (.endsBeforeStart(start: 100, end: 50), "a part from step 100 to step 50"),
    (.notFinite(.infinity), "inf: values, factors and limits must be finite"),
    (.notPositive(-2), "-2.0: powers, exponents and decay rates must be"),
    (.rateOutOfRange(1.5), "1.5: a rate with a half-life must lie in 0 ..< 1"),
    (.negativeFactor(-0.5), "-0.5: a factor must be at least 0"),
    (.boundaryCount(schedules: 2, boundaries: 4), "2 schedules and 4 bound"),
    (.boundariesNotAscending([5, 2]), "boundaries [5, 2]: they must ascend"),
  ])
  func `is described with its value and the rule`(
    error: ScheduleError, beginning: String
  ) {
    #expect(error.description.hasPrefix(beginning))
  }
}

private struct GoldenSchedule: Decodable {
  let schedule: FixtureSchedule
  let counts: [Int]
  let values: [Double]
}

private let zeroStepSchedules: [(HyperparameterSchedule, Double)] = [
  (.linear(from: 1, to: 2, over: 0), 2),
  (.polynomial(from: 1, to: 2, power: 3, over: 0), 2),
  (.cosineDecay(from: 1, to: 0.5, over: 0), 0.5),
  (.exponentialDecay(from: 1, rate: 0.5, over: 0), 0),
  (.exponentialDecay(from: 1, rate: 0.5, over: 0, limit: 0.25), 0.25),
  (
    .exponentialDecay(from: 1, rate: 2, over: 0, isStaircase: true, limit: 8), 8
  ),
  (.squareRootDecay(from: 1, to: 0.5, over: 0), 0.5),
  (.halfLife(from: 0.9, to: 0.99, over: 0), 0.99),
  (.warmupCosine(peak: 1, warmup: 0, total: 0, to: 0.5), 0.5),
  (.warmupStableDecay(peak: 1, warmup: 0, stable: 0, decay: 0, to: 0.5), 0.5),
]

private let oneOfEachKind: [HyperparameterSchedule] = [
  .constant(0.1),
  .polynomial(from: 0.1, to: 1, power: 2, over: 3, startingAt: 4),
  .linear(from: 0.1, to: 1, over: 3),
  .cosineDecay(from: 0.1, to: 0.01, over: 3, exponent: 2),
  .exponentialDecay(
    from: 0.1, rate: 0.3, over: 3, startingAt: 4, isStaircase: true,
    limit: 1e-9),
  .exponentialDecay(from: 0.1, rate: 0.3, over: 3),
  .squareRootDecay(from: 0.1, to: 0.01, over: 3),
  .halfLife(from: 0.1, to: 0.99, over: 3),
  .piecewiseConstant(
    from: 0.1, changes: [.init(at: 3, factor: 0.7), .init(at: 4, factor: 0)]),
  .joined(
    schedules: [1, .joined(schedules: [2, 0.1], boundaries: [5])],
    boundaries: [6]),
  .warmupCosine(peak: 0.1, warmup: 3, total: 10),
  .warmupStableDecay(
    peak: 0.1, warmup: 3, stable: 2, decay: 4, shape: .oneMinusSquareRoot),
  .table([0.1, 0.2]),
  .function("one") { _ in 1 },
  .joined(
    schedules: [.function("two") { _ in 2 }, .table([3])], boundaries: [5]),
]

private let brokenSchedules: [(HyperparameterSchedule, ScheduleError)] = [
  (.linear(from: 1, to: 2, over: -1), .negativeCount(-1)),
  (.linear(from: 1, to: 2, over: 1, startingAt: -2), .negativeCount(-2)),
  (.cosineDecay(from: 1, over: -3), .negativeCount(-3)),
  (
    .warmupCosine(peak: 1, warmup: 100, total: 50),
    .endsBeforeStart(start: 100, end: 50)
  ),
  (
    .warmupStableDecay(peak: 1, warmup: 100, stable: 20, decay: -50),
    .endsBeforeStart(start: 120, end: 70)
  ),
  (
    .joined(
      schedules: [1, .halfLife(from: 0, to: 0.9, over: -1)], boundaries: [3]),
    .endsBeforeStart(start: 3, end: 2)
  ),
  (.exponentialDecay(from: 1, rate: 0.5, over: -4), .negativeCount(-4)),
  (
    .exponentialDecay(from: 1, rate: 0.5, over: 1, startingAt: -5),
    .negativeCount(-5)
  ),
  (.squareRootDecay(from: 1, over: -6), .negativeCount(-6)),
  (.halfLife(from: 0.5, to: 0.9, over: -7), .negativeCount(-7)),
  (
    .piecewiseConstant(from: 1, changes: [.init(at: -8, factor: 1)]),
    .negativeCount(-8)
  ),
  (.joined(schedules: [1, 2], boundaries: [-9]), .negativeCount(-9)),
  (.linear(from: .nan, to: 2, over: 1), .notFinite(.nan)),
  (.linear(from: 1, to: .infinity, over: 1), .notFinite(.infinity)),
  (.cosineDecay(from: -.infinity, over: 1), .notFinite(-.infinity)),
  (.cosineDecay(from: 1, over: 1, exponent: .nan), .notFinite(.nan)),
  (.exponentialDecay(from: .nan, rate: 0.5, over: 1), .notFinite(.nan)),
  (
    .exponentialDecay(from: 1, rate: 0.5, over: 1, limit: .infinity),
    .notFinite(.infinity)
  ),
  (.squareRootDecay(from: 1, to: .nan, over: 1), .notFinite(.nan)),
  (.piecewiseConstant(from: .nan, changes: []), .notFinite(.nan)),
  (
    .piecewiseConstant(from: 1, changes: [.init(at: 1, factor: .infinity)]),
    .notFinite(.infinity)
  ),
  (.polynomial(from: 1, to: 2, power: 0, over: 1), .notPositive(0)),
  (.cosineDecay(from: 1, over: 1, exponent: -1), .notPositive(-1)),
  (.exponentialDecay(from: 1, rate: 0, over: 1), .notPositive(0)),
  (.halfLife(from: -0.1, to: 0.9, over: 1), .rateOutOfRange(-0.1)),
  (.halfLife(from: 0.9, to: 1, over: 1), .rateOutOfRange(1)),
  (.halfLife(from: 0.9, to: .nan, over: 1), .rateOutOfRange(.nan)),
  (
    .piecewiseConstant(from: 1, changes: [.init(at: 1, factor: -0.5)]),
    .negativeFactor(-0.5)
  ),
  (
    .joined(schedules: [1], boundaries: [2]),
    .boundaryCount(schedules: 1, boundaries: 1)
  ),
  (
    .joined(schedules: [], boundaries: []),
    .boundaryCount(schedules: 0, boundaries: 0)
  ),
  (
    .joined(schedules: [1, 2, 3], boundaries: [5, 4]),
    .boundariesNotAscending([5, 4])
  ),
  (
    .joined(
      schedules: [.linear(from: 1, to: 2, over: -1), 1], boundaries: [2]),
    .negativeCount(-1)
  ),
  (
    .joined(
      schedules: [1, .linear(from: 1, to: 2, over: -1)], boundaries: [2]),
    .endsBeforeStart(start: 2, end: 1)
  ),
  (.table([]), .tableCount(0)),
  (
    .table(
      [Double](
        repeating: 0.1, count: HyperparameterSchedule.tableCountLimit + 1)),
    .tableCount(HyperparameterSchedule.tableCountLimit + 1)
  ),
  (.table([0.1, .infinity, .nan]), .notFinite(.infinity)),
  (.joined(schedules: [1, .table([])], boundaries: [2]), .tableCount(0)),
]
