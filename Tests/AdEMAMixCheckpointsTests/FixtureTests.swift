//===--- FixtureTests.swift - files of every version open in this one -----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import Foundation
import TestSupport
import Testing

// The files in Fixtures were written by the version they are named after, and
// are never written anew: a later version adds its own beside them, written by
//
//     ADEMAMIX_FIXTURES=folder swift test --filter FixtureTests

@Suite struct `A file of version 1` {
  @Test func `opens, and goes on as the run that wrote it, as Float`() throws {
    try check(fixture("version-1-float"), FixtureRun.float(steps: 50)) {
      try FixtureRun.float(steps: $0)
    }
  }

  @Test func `opens, and goes on as the run that wrote it, as Double`() throws {
    try check(fixture("version-1-double"), FixtureRun.double(steps: 50)) {
      try FixtureRun.double(steps: $0)
    }
  }

  /// As long as version 1 is the one that is written.
  @Test(arguments: ["version-1-float", "version-1-double"])
  func `is what this version writes`(name: String) throws {
    let temporary = try TemporaryFolder()
    let folder =
      ProcessInfo.processInfo.environment["ADEMAMIX_FIXTURES"] ?? temporary.path
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    let path = "\(folder)/\(name).safetensors"
    if name == "version-1-float" {
      try FixtureRun.float(steps: 50).save(to: path)
    } else {
      try FixtureRun.double(steps: 50).save(to: path)
    }
    let written = FileManager.default.contents(atPath: path)
    let committed = try FileManager.default.contents(atPath: fixture(name))
    #expect(written != nil && written == committed)
  }

  private func check<Scalar: OptimizerScalar>(
    _ path: String, _ expected: consuming FixtureRun<Scalar>,
    whole: (Int) throws -> FixtureRun<Scalar>
  ) throws {
    let file = try Checkpoint<Scalar>(path)
    #expect(file.metadata == expected.metadata)
    var run = FixtureRun(
      optimizer: try file.optimizer(engine: .fused),
      parameters: try file.parameters(), average: try file.average())
    #expect(run.optimizer.layout == expected.optimizer.layout)
    #expect(run.optimizer.options == expected.optimizer.options)
    #expect(run.optimizer.clock == expected.optimizer.clock)
    #expect(run.optimizer.shard == expected.optimizer.shard)
    #expect(run.optimizer.moments() == expected.optimizer.moments())
    #expect(run.average.decay == expected.average.decay)
    for call in 50..<100 { try run.step(call) }
    let whole = try whole(100)
    #expect(run.parameters == whole.parameters)
    #expect(run.optimizer.stepCount == whole.optimizer.stepCount)
    #expect(run.optimizer.skippedStepCount == whole.optimizer.skippedStepCount)
    #expect(run.optimizer.moments() == whole.optimizer.moments())
    #expect(try run.average.values() == whole.average.values())
  }

  private func fixture(_ name: String) throws -> String {
    try #require(
      Bundle.module.url(
        forResource: name, withExtension: "safetensors",
        subdirectory: "Fixtures")
    ).path()
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
  init(_ optimizer: consuming AdEMAMix<Scalar>, decay: Schedule) throws {
    parameters = (0..<optimizer.shard.count).map { Scalar($0 % 17) / 9 }
    self.optimizer = optimizer
    average = try ParameterAverage(of: parameters, decay: decay)
  }

  /// One call of the step, with gradients that are sometimes not finite.
  mutating func step(_ call: Int) throws {
    var gradients = parameters.indices.map {
      Scalar(($0 * 7 + call * 3) % 11) / 8 - 0.5
    }
    if call % 13 == 3 { gradients[call % gradients.count] = .nan }
    try optimizer.step(&parameters, gradients: gradients)
    try average.update(with: parameters)
  }

  func save(to path: String) throws {
    try optimizer.save(
      to: path, parameters: parameters, average: average, metadata: metadata)
  }
}

extension FixtureRun<Float> {
  /// Warm-ups, an unfinished accumulation with residues, a group without m1, one
  /// that is frozen.
  static func float(steps: Int) throws -> FixtureRun {
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
    let w = ParameterGroup("w", warm)
    let b = ParameterGroup("b", plain)
    let frozen = ParameterGroup("frozen", plain, isFrozen: true)
    let layout = try ParameterLayout(
      [
        NamedTensor("layer.0.w", shape: [4, 6]), NamedTensor("b", count: 5),
        NamedTensor("embedding", shape: [2, 2, 2]),
        NamedTensor("layer.1.w", shape: []), NamedTensor("none", count: 0),
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
    optimizer.options.gradientScale = 0.5
    optimizer.options.nonFiniteGradients = .zeroElements
    var run = try FixtureRun(optimizer, decay: 0.9)
    for call in 0..<steps { try run.step(call) }
    return run
  }
}
