//===--- HyperparameterSchedule+Fixture.swift - schedules as the fixtures ===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// A schedule in the notation of the golden fixtures: a dictionary whose
/// `kind` names the formula, the same for optax and for this library.
struct FixtureSchedule: Decodable {
  let schedule: HyperparameterSchedule

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    func number(_ field: Field) throws -> Double {
      try fields.decode(Double.self, forKey: field)
    }
    func steps(_ field: Field) throws -> Int {
      try fields.decode(Int.self, forKey: field)
    }

    switch try fields.decode(Kind.self, forKey: .kind) {
    case .constant:
      schedule = .constant(try number(.value))
    case .linear:
      schedule = .linear(
        from: try number(.from), to: try number(.to), over: try steps(.over),
        startingAt: try steps(.start))
    case .polynomial:
      schedule = .polynomial(
        from: try number(.from), to: try number(.to), power: try number(.power),
        over: try steps(.over), startingAt: try steps(.start))
    case .cosineDecay:
      schedule = .cosineDecay(
        from: try number(.from), to: try number(.to), over: try steps(.over),
        exponent: try number(.exponent))
    case .exponentialDecay:
      schedule = .exponentialDecay(
        from: try number(.from), rate: try number(.rate),
        over: try steps(.over), startingAt: try steps(.start),
        isStaircase: try fields.decode(Bool.self, forKey: .staircase),
        limit: try fields.decodeIfPresent(Double.self, forKey: .limit))
    case .warmupCosine:
      schedule = .warmupCosine(
        from: try number(.from), peak: try number(.peak),
        warmup: try steps(.warmup), total: try steps(.total),
        to: try number(.to), exponent: try number(.exponent))
    case .warmupStableDecay:
      schedule = .warmupStableDecay(
        from: try number(.from), peak: try number(.peak),
        warmup: try steps(.warmup), stable: try steps(.stable),
        decay: try steps(.decay), to: try number(.to),
        shape: try fields.decode(Shape.self, forKey: .shape).decayShape)
    case .halfLife:
      schedule = .halfLife(
        from: try number(.from), to: try number(.to), over: try steps(.over))
    case .piecewiseConstant:
      let changes = try fields.decode([FixtureChange].self, forKey: .factors)
      schedule = .piecewiseConstant(
        from: try number(.value), changes: changes.map(\.change))
    case .joined:
      let parts = try fields.decode([FixtureSchedule].self, forKey: .schedules)
      schedule = .joined(
        schedules: HyperparameterSchedule.List(parts.map(\.schedule)),
        boundaries: try fields.decode([Int].self, forKey: .boundaries))
    }
  }

  private enum Kind: String, Decodable {
    case constant, linear, polynomial, cosineDecay, exponentialDecay
    case warmupCosine, warmupStableDecay, halfLife, piecewiseConstant, joined
  }

  private enum Field: String, CodingKey {
    case kind, value, from, to, over, start, power, exponent, rate, staircase
    case limit, peak, warmup, stable, decay, total, shape, factors, schedules
    case boundaries
  }

  private enum Shape: String, Decodable {
    case linear, oneMinusSqrt

    var decayShape: HyperparameterSchedule.DecayShape {
      switch self {
      case .linear: .linear
      case .oneMinusSqrt: .oneMinusSquareRoot
      }
    }
  }
}

/// A pair `[count, factor]`.
private struct FixtureChange: Decodable {
  let change: HyperparameterSchedule.Change

  init(from decoder: any Decoder) throws {
    var pair = try decoder.unkeyedContainer()
    let count = try pair.decode(Int.self)
    change = HyperparameterSchedule.Change(
      at: count, factor: try pair.decode(Double.self))
  }
}
