//===--- RecordedRun.swift - runs with each setting that a file can have --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import TestSupport
import Testing

/// Runs that together have every field of a record, with and without the fields
/// that may be missing, every kind of schedule and every other choice.
enum RecordedRun: String, CaseIterable, CustomTestStringConvertible {
  /// Moments in every format, a warm-up of each kind, a group without m1, one
  /// that is frozen, an unfinished accumulation with its compensation.
  case mixture
  /// A shard in `Double`, the simplified form, schedules that count from 1.
  case shard
  /// Refused gradients end the run, and the gradients of tensors are clipped.
  case strict
  /// Gradients pass as they are, but for a norm.
  case lenient
  /// No option is set.
  case plain

  var testDescription: String { rawValue }

  func save(to path: String) throws {
    switch self {
    case .mixture: try Self.mixture(path)
    case .shard: try Self.shard(path)
    case .strict:
      try Self.small(path) {
        $0.nonFiniteGradients = .throw
        $0.clipping = .blockRMS(0.1)
      }
    case .lenient:
      try Self.small(path) { $0.clipping = .globalNorm(0.1 + 0.2) }
    case .plain: try Self.small(path) { _ in }
    }
  }

  private static func mixture(_ path: String) throws {
    let formats = ParameterGroup(
      "formats \"1\" /\\",
      Hyperparameters(
        learningRate: .joined(
          schedules: [
            .polynomial(from: 0, to: 0.25, power: 1.5, over: 7, startingAt: 2),
            .joined(
              schedules: [
                .cosineDecay(from: 0.25, to: 1e-3, over: 9, exponent: 2),
                .exponentialDecay(
                  from: 1e-3, rate: 0.5, over: 10, startingAt: 3,
                  isStaircase: true, limit: 1e-5),
              ], boundaries: [9]),
          ], boundaries: [8]),
        beta2: 0.95, beta3: .halfLife(from: 0.9, to: 0.9999, over: 1_000_000),
        alpha: .piecewiseConstant(
          from: 5, changes: [.init(at: 2, factor: 0.5)]),
        epsilon: 1e-7, weightDecay: .squareRootDecay(from: 0.1, over: 40)),
      storage: MomentStorage(
        fast: .bfloat16, slow: .blockInt16, second: .blockInt8, seed: .max))
    let withoutFast = ParameterGroup(
      "beta1 of 0",
      Hyperparameters(
        learningRate: .exponentialDecay(from: 0.01, rate: 0.5, over: 10),
        beta1: 0, epsilon: 0, epsilonRoot: 1e-9,
        weightDecay: .piecewiseConstant(from: 0, changes: [])))
    let frozen = ParameterGroup(
      "frozen", Hyperparameters(learningRate: 1), isFrozen: true,
      storage: .minimalOfVersion2)
    let layout = try ParameterLayout([
      TensorSpec("layer.0/w", shape: [2, 130]),
      TensorSpec("\u{E9}", count: 5),
      TensorSpec("embedding", shape: [2, 2, 2]),
      TensorSpec("number", shape: []), TensorSpec("none", shape: [0, 3]),
    ]) {
      switch $0.name {
      case "\u{E9}": withoutFast
      case "embedding": frozen
      default: formats
      }
    }
    var optimizer = try AdEMAMix<Float>(layout, engine: .fused)
    optimizer.options.accumulation = .mean(
      over: .linear(from: 3, to: 18, over: 2))
    optimizer.options.clipping = .globalNorm(.infinity, rule: .torch)
    optimizer.options.nonFiniteGradients = .skipStep(limit: 3)
    optimizer.options.isCautious = true
    optimizer.options.updateClipping = 1.5
    try optimizer.updateGroup("beta1 of 0") { $0.learningRateFactor = 0.3 }
    var parameters = layout.tensors.map { tensor in
      tensor.range.map { Float($0 % 17) / 9 }
    }
    var average = try ParameterAverage(
      of: parameters,
      decay: .joined(
        schedules: [.halfLife(from: 0, to: 0.5, over: 20), 0.99],
        boundaries: [10]))
    for call in 0..<38 {
      var gradients = parameters
      if call == 5 || call > 35 { gradients[0][call] = .nan }
      try optimizer.step(
        &parameters, gradients: gradients, gradientScale: 0.5,
        diagnostics: true)
      try average.update(with: parameters)
    }
    try optimizer.save(to: path, parameters: parameters, average: average)
  }

  private static func shard(_ path: String) throws {
    let layout = try ParameterLayout([
      ParameterGroup(
        "all", sizes: [10, 20, 30],
        .simplified(
          learningRate: 1e-3, beta1: .halfLife(from: 0.9, to: 0.99, over: 10),
          alpha: 10, epsilon: 1e-30))
    ])
    var optimizer = try AdEMAMix<Double>(
      layout, shard: 5..<45, clock: .fromOne, engine: .reference)
    optimizer.options.accumulation = .sum(over: 2)
    optimizer.options.clipping = .value(0.25)
    optimizer.options.nonFiniteGradients = .zeroElements
    var parameters = (0..<40).map { Double($0 % 17) / 9 }
    var average = try ParameterAverage(of: parameters, decay: 0.9)
    for call in 0..<9 {
      var gradients = parameters
      if call == 3 { gradients[call] = .infinity }
      try optimizer.step(&parameters, gradients: gradients)
    }
    try optimizer.dampSlowMoment(by: 1e-200, inGroup: nil)
    try average.update(with: parameters)
    try optimizer.save(to: path, parameters: parameters, average: average)
  }

  /// A run whose slow moment began after two steps.
  private static func small(
    _ path: String, _ change: (inout StepOptions) -> Void
  ) throws {
    var optimizer = try AdEMAMix<Float>(
      [ParameterGroup("g", sizes: [3], Hyperparameters(learningRate: 0.1))],
      engine: .blas)
    change(&optimizer.options)
    try optimizer.restore(
      stepCount: 2,
      moments: [
        .adamW(stepCount: 2, first: [1, 2, 3], second: [4, 5, 6])
      ])
    var parameters: [Float] = [1, -2, 3]
    try optimizer.step(&parameters, gradients: [0.25, 0.5, -1])
    try optimizer.save(to: path, parameters: parameters)
  }
}
