//===--- FixtureRun.swift - the runs that wrote the fixtures --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import TestSupport
import Testing

/// The files of runs in Float.
enum FloatFixture: String, CaseIterable, CustomTestStringConvertible {
  case full = "version-1-float"
  case compact = "version-2-compact"
  /// A block that has ended, and one that has not.
  case mixture = "version-2-mixture"

  var testDescription: String { rawValue }

  func run(steps: Int) throws -> FixtureRun<Float> {
    switch self {
    case .full: try .float(steps: steps)
    case .compact:
      try .float(
        steps: steps,
        storages: [
          "w": .compactOfVersion2, "b": .compactOfVersion2,
          "frozen": .compactOfVersion2,
        ])
    case .mixture:
      try .float(
        steps: steps, rows: 45,
        storages: [
          "w": .minimalOfVersion2,
          "b": MomentStorage(slow: .bfloat16, second: .blockInt16, seed: 17),
        ])
    }
  }
}

/// Runs that have every kind of schedule, option and buffer that a file can.
struct FixtureRun<Scalar: OptimizerScalar>: ~Copyable {
  var optimizer: AdEMAMix<Scalar>
  var parameters: [Scalar]
  var average: ParameterAverage<Scalar>
  let metadata = ["data.seed": "17", "name": "\u{E9}\"\\"]

  init(
    optimizer: consuming AdEMAMix<Scalar>, parameters: [Scalar],
    average: consuming ParameterAverage<Scalar>
  ) {
    self.optimizer = optimizer
    self.parameters = parameters
    self.average = average
  }

  /// A run that begins.
  init(_ optimizer: consuming AdEMAMix<Scalar>, decay: HyperparameterSchedule)
    throws
  {
    parameters = ninths(optimizer.shard.count)
    self.optimizer = optimizer
    average = try ParameterAverage(of: parameters, decay: decay)
  }

  /// One call of the step, with gradients that are sometimes not finite.
  mutating func step(_ call: Int) throws {
    var gradients = smallIntegers(parameters.count, call: call).map {
      Scalar($0) / 8 - 0.5
    }
    if call % 13 == 3 { gradients[call % gradients.count] = .nan }
    try optimizer.step(
      &parameters, gradients: gradients,
      gradientScale: optimizer.lastArguments.gradientScale)
    try average.update(with: parameters)
  }

  func save(to path: String) throws {
    try optimizer.save(
      to: path, parameters: parameters, average: average, metadata: metadata)
  }
}

extension FixtureRun<Float> {
  /// Warm-ups, an unfinished accumulation with residues, a group without m1,
  /// one that is frozen. The first tensor has rows of 6 elements.
  static func float(
    steps: Int, rows: Int = 4, storages: [String: MomentStorage] = [:]
  ) throws -> FixtureRun {
    let warm = Hyperparameters(
      learningRate: .warmupCosine(peak: 0.01, warmup: 5, total: 50),
      beta2: 0.95, weightDecay: 0.1
    ).warmingUp(alpha: 4, beta3: 0.99, over: 30)
    let plain = Hyperparameters(
      learningRate: .exponentialDecay(
        from: 0.01, rate: 0.5, over: 10, isStaircase: true, limit: 1e-3),
      beta1: 0,
      alpha: .piecewiseConstant(from: 5, changes: [.init(at: 2, factor: 0.5)]),
      epsilonRoot: 1e-9, weightDecay: .squareRootDecay(from: 0.1, over: 40))
    func group(
      _ name: String, _ hyperparameters: Hyperparameters, isFrozen: Bool = false
    ) -> ParameterGroup {
      ParameterGroup(
        name, hyperparameters, isFrozen: isFrozen,
        storage: storages[name] ?? .full)
    }
    let w = group("w", warm)
    let b = group("b", plain)
    let frozen = group("frozen", plain, isFrozen: true)
    let layout = try ParameterLayout(
      [
        TensorSpec("layer.0.w", shape: [rows, 6]), TensorSpec("b", count: 5),
        TensorSpec("embedding", shape: [2, 2, 2]),
        TensorSpec("layer.1.w", shape: []), TensorSpec("none", count: 0),
      ]
    ) { $0.name == "b" ? b : $0.name == "embedding" ? frozen : w }
    var optimizer = try AdEMAMix<Float>(layout, engine: .fused)
    optimizer.options.accumulation = .mean(over: 18)
    optimizer.options.clipping = .globalNorm(.infinity, rule: .torch)
    optimizer.options.nonFiniteGradients = .skipStep(limit: 2)
    optimizer.options.isCautious = true
    optimizer.options.updateClipping = 1
    try optimizer.updateGroup("b") { $0.learningRateFactor = 0.3 }
    var run = try FixtureRun(
      optimizer, decay: .halfLife(from: 0.1, to: 0.99, over: 20))
    for call in 0..<steps { try run.step(call) }
    return run
  }
}

extension FixtureRun<Double> {
  /// The simplified form, a shard that cuts tensors, sums of gradients.
  static func double(steps: Int) throws -> FixtureRun {
    let simplified = Hyperparameters.simplified(
      learningRate: 1e-3, beta1: .halfLife(from: 0.9, to: 0.99, over: 10),
      alpha: 10)
    let layout = try ParameterLayout([
      ParameterGroup("all", sizes: [10, 20, 30], simplified)
    ])
    var optimizer = try AdEMAMix<Double>(
      layout, shard: 5..<45, clock: .fromOne, engine: .fused)
    optimizer.options.accumulation = .sum(
      over: .piecewiseConstant(from: 2, changes: [.init(at: 10, factor: 1.5)]))
    optimizer.options.clipping = .blockRMS(0.3)
    optimizer.lastArguments.gradientScale = 0.5
    optimizer.options.nonFiniteGradients = .zeroElements
    var run = try FixtureRun(optimizer, decay: 0.9)
    for call in 0..<steps { try run.step(call) }
    return run
  }
}
