//===--- Steps.swift - steps of many ranks, and of one process ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import TestSupport

/// Makes the same runs on all ranks and in one process, with all options and
/// changes, and compares the bits.
func compareSteps(on world: borrowing MPICommunicator) throws -> Findings {
  var findings = Findings()
  try compareSteps(of: Float.self, on: world, &findings)
  try compareSteps(of: Double.self, on: world, &findings)
  for scenario in Scenario.named {
    try compare(PairOfRuns<Float>(scenario, on: world), scenario, &findings)
  }
  return findings
}

/// A setting that a run is made with.
private struct Setting {
  var name: String
  var options = CallOptions()
  var distribution = Distribution(pieceCount: 512)
  var engine = StepEngine.blas
  var storage = MomentStorage.full
  /// Whether groups limit the direction, and skip gradients of 0.
  var isRestrained = false

  init(_ name: String, _ change: (inout Setting) -> Void = { _ in }) {
    self.name = name
    change(&self)
  }

  static var all: [Setting] {
    [
      Setting("plain"),
      Setting("fused") { $0.engine = .fused },
      Setting("reference") { $0.engine = .reference },
      Setting("compact") {
        $0.engine = .fused
        $0.storage = .compact
      },
      Setting("minimal") {
        $0.engine = .fused
        $0.storage = .minimal
        $0.options.clipping = .globalNorm(3)
      },
      Setting("one chunk") { $0.distribution.pieceCount = nil },
      Setting("a tile a piece") { $0.distribution.pieceCount = 1 },
      Setting("large places") { $0.distribution.displacementLimit = 100 },
      Setting("replicated") { $0.distribution.placement = .replicated },
      Setting("flat, read") { $0.distribution.form = .flat },
      Setting("flat, read, replicated") {
        $0.distribution.form = .flat
        $0.distribution.placement = .replicated
      },
      Setting("spans") {
        $0.distribution.form = .spans
        $0.options.accumulation = .sum(over: 2)
      },
      Setting("arrays") { $0.distribution.form = .arrays },
      Setting("arrays, fused") {
        $0.engine = .fused
        $0.distribution.form = .arrays
      },
      Setting("arrays, reference") {
        $0.engine = .reference
        $0.distribution.form = .arrays
      },
      Setting("arrays, replicated") {
        $0.distribution.form = .arrays
        $0.distribution.placement = .replicated
        $0.options.clipping = .globalNorm(3)
      },
      Setting("arrays, large places") {
        $0.distribution.form = .arrays
        $0.distribution.displacementLimit = 100
      },
      Setting("buffers") {
        $0.distribution.form = .buffers
        $0.options.clipping = .blockRMS(1.2)
        $0.options.isCautious = true
        $0.options.updateClipping = 0.9
        $0.options.measuresDiagnostics = true
      },
      Setting("a struct") {
        $0.distribution.form = .named
        $0.distribution.pieceCount = 1
        $0.options.accumulation = .mean(over: 3)
        $0.options.nonFiniteGradients = .zeroElements
      },
      Setting("forms by rank") {
        $0.distribution.form = .byRank
        $0.options.clipping = .globalNorm(3)
      },
      Setting("scale") { $0.options.gradientScale = 0.7 },
      Setting("norm") { $0.options.clipping = .globalNorm(3) },
      Setting("replicated norm") {
        $0.distribution.placement = .replicated
        $0.options.clipping = .globalNorm(3)
      },
      Setting("value") { $0.options.clipping = .value(1.5) },
      Setting("block") { $0.options.clipping = .blockRMS(1.2) },
      Setting("cautious") { $0.options.isCautious = true },
      Setting("update") { $0.options.updateClipping = 0.9 },
      Setting("measured") { $0.options.measuresDiagnostics = true },
      Setting("accumulated") {
        $0.options.accumulation = .mean(over: 3)
        $0.options.nonFiniteGradients = .zeroElements
      },
      Setting("restrained") {
        $0.isRestrained = true
        $0.options.measuresDiagnostics = true
      },
      Setting("restrained and cautious") {
        $0.engine = .fused
        $0.isRestrained = true
        $0.options.isCautious = true
        $0.options.updateClipping = 0.9
      },
      Setting("all") {
        $0.options.gradientScale = 1.25
        $0.options.clipping = .blockRMS(1.2)
        $0.options.isCautious = true
        $0.options.updateClipping = 0.9
        $0.options.accumulation = .sum(over: 2)
        $0.options.nonFiniteGradients = .skipStep(limit: 3)
        $0.options.measuresDiagnostics = true
      },
    ]
  }

  /// A run of seven calls, one of which has a gradient that is not finite, if
  /// the options take it; then a step is completed early, and one is dropped.
  func scenario(_ problem: Problem) -> Scenario {
    var groups = problem.groups
    for index in groups.indices {
      groups[index].storage = storage
      groups[index].skipsZeroGradients = isRestrained
      if isRestrained { groups[index].directionLimit = 0.75 }
    }
    let count = groups.flatMap(\.tensors).reduce(0) { $0 + $1.count }
    let isPoisoned = count > 0 && options.nonFiniteGradients != .propagate
    return Scenario(
      groups, options: options, computation: Computation(engine: engine),
      events: (0..<7).map { call -> Scenario.Event in
        // Found in the last shard.
        let poison: [Int: Gradient.Poison] =
          call == 4 && isPoisoned ? [count - 1: .infinity] : [:]
        let gradient = Gradient(call, poison)
        return .step(isRestrained ? .sparse(gradient) : gradient)
      } + [.complete, .step(7), .discard, .complete])
  }
}

private func compareSteps<Scalar: OptimizerScalar>(
  of _: Scalar.Type, on world: borrowing MPICommunicator,
  _ findings: inout Findings
) throws {
  for problem in Problem.all {
    for setting in Setting.all
    // Fewer bits are Float's.
    where setting.storage == .full || Scalar.self == Float.self {
      let scenario = setting.scenario(problem)
        .with(\.name, "\(Scalar.self), \(problem.name), \(setting.name)")
      try compare(
        PairOfRuns<Scalar>(
          scenario, setting.distribution, denominator: problem.denominator,
          on: world), scenario, &findings)
    }
  }
}

private func compare<Scalar>(
  _ pair: consuming PairOfRuns<Scalar>, _ scenario: Scenario,
  _ findings: inout Findings
) throws {
  for event in scenario.events {
    try pair.apply(event, &findings, scenario.name)
  }
}

#endif
