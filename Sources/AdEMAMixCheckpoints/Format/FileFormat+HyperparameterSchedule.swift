//===--- FileFormat+HyperparameterSchedule.swift - a schedule in the JSON ===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix

extension FileFormat {
  /// A schedule: an object with one key, the kind of the schedule.
  indirect enum HyperparameterSchedule: Codable {
    case constant(value: Double)
    case polynomial(
      from: Double, to: Double, power: Double, over: Int, startingAt: Int)
    case cosineDecay(from: Double, to: Double, over: Int, exponent: Double)
    case exponentialDecay(
      from: Double, rate: Double, over: Int, startingAt: Int,
      isStaircase: Bool, limit: Double?)
    case squareRootDecay(from: Double, to: Double, over: Int)
    case halfLife(from: Double, to: Double, over: Int)
    case piecewiseConstant(from: Double, changes: [Change])
    case joined(schedules: Schedules, boundaries: [Int])
    case table(values: [Double])
    case function(name: String)
  }

  struct Change: Codable {
    var count: Int
    var factor: Double
  }

  /// The schedules of a joined schedule.
  ///
  /// An array that lies deeper than
  /// ``AdEMAMix/HyperparameterSchedule/depthLimit`` is refused before its
  /// elements are decoded. So no file makes the decoder take more stack than a
  /// thread has.
  struct Schedules: Codable {
    var elements: [HyperparameterSchedule]

    /// The number of arrays around the array that is being decoded. The coding
    /// path has the number too, but is made anew each time.
    @TaskLocal private static var outerCount = 0

    init(_ elements: [HyperparameterSchedule]) { self.elements = elements }

    init(from decoder: any Decoder) throws {
      let depth = Self.outerCount + 1
      guard depth <= depthLimit else {
        throw DecodingError.dataCorrupted(
          DecodingError.Context(
            codingPath: [],
            debugDescription: ScheduleError.tooDeep.description))
      }
      elements = try Self.$outerCount.withValue(depth) {
        try [HyperparameterSchedule](from: decoder)
      }
    }

    func encode(to encoder: any Encoder) throws {
      try elements.encode(to: encoder)
    }
  }
}

/// The most joined schedules that lie within each other, in files as in the
/// library.
private let depthLimit = HyperparameterSchedule.depthLimit

extension FileFormat.HyperparameterSchedule {
  init(_ schedule: HyperparameterSchedule) {
    switch schedule {
    case .constant(let value):
      self = .constant(value: value)
    case .polynomial(let from, let to, let power, let over, let start):
      self = .polynomial(
        from: from, to: to, power: power, over: over, startingAt: start)
    case .cosineDecay(let from, let to, let over, let exponent):
      self = .cosineDecay(from: from, to: to, over: over, exponent: exponent)
    case .exponentialDecay(
      let from, let rate, let over, let start, let isStaircase, let limit):
      self = .exponentialDecay(
        from: from, rate: rate, over: over, startingAt: start,
        isStaircase: isStaircase, limit: limit)
    case .squareRootDecay(let from, let to, let over):
      self = .squareRootDecay(from: from, to: to, over: over)
    case .halfLife(let from, let to, let over):
      self = .halfLife(from: from, to: to, over: over)
    case .piecewiseConstant(let from, let changes):
      self = .piecewiseConstant(
        from: from,
        changes: changes.map { .init(count: $0.count, factor: $0.factor) })
    case .joined(let schedules, let boundaries):
      self = .joined(
        schedules: .init(schedules.map(Self.init)), boundaries: boundaries)
    case .table(let values):
      self = .table(values: values)
    case .function(let function):
      // A save refuses functions without a name before.
      self = .function(name: function.name ?? "")
    }
  }
}

extension HyperparameterSchedule {
  /// The first version of the format that can hold the schedule.
  var version: Int { hasTable || !functions.isEmpty ? 3 : 1 }

  init(_ stored: FileFormat.HyperparameterSchedule) {
    switch stored {
    case .constant(let value):
      self = .constant(value)
    case .polynomial(let from, let to, let power, let over, let start):
      self = .polynomial(
        from: from, to: to, power: power, over: over, startingAt: start)
    case .cosineDecay(let from, let to, let over, let exponent):
      self = .cosineDecay(from: from, to: to, over: over, exponent: exponent)
    case .exponentialDecay(
      let from, let rate, let over, let start, let isStaircase, let limit):
      self = .exponentialDecay(
        from: from, rate: rate, over: over, startingAt: start,
        isStaircase: isStaircase, limit: limit)
    case .squareRootDecay(let from, let to, let over):
      self = .squareRootDecay(from: from, to: to, over: over)
    case .halfLife(let from, let to, let over):
      self = .halfLife(from: from, to: to, over: over)
    case .piecewiseConstant(let from, let changes):
      self = .piecewiseConstant(
        from: from,
        changes: changes.map { Change(at: $0.count, factor: $0.factor) })
    case .joined(let schedules, let boundaries):
      self = .joined(
        schedules: List(schedules.elements.map(Self.init)),
        boundaries: boundaries)
    case .table(let values):
      self = .table(values)
    case .function(let name):
      self = .function(Function(named: name))
    }
  }
}
