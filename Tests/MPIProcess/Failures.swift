//===--- Failures.swift - ranks that fail, and that differ ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import TestSupport

/// Lets the last rank fail and differ in all ways, and checks that all throw.
func provokeFailures(on world: borrowing MPICommunicator) throws -> Findings {
  var findings = Findings()
  try refuseDifferentRanks(on: world, &findings)
  try refuseValues(on: world, &findings)
  try refuseCallsOfOneRank(on: world, &findings)
  try refuseChangesOfOneRank(on: world, &findings)
  try refuseSlowMomentsOfOneRank(on: world, &findings)
  try refuseGradients(on: world, &findings)
  try refuseOtherThreads(on: world, &findings)
  return findings
}

private let rate = Hyperparameters(learningRate: 0.01)

private func groups(
  _ change: (inout [ParameterGroup]) -> Void = { _ in }
) -> [ParameterGroup] {
  var groups = [
    ParameterGroup("matrices", sizes: [900, 700], rate),
    ParameterGroup("biases", sizes: [30], rate),
  ]
  groups[1].hyperparameters.weightDecay = .function("none") { _ in 0 }
  groups[1].hyperparameters.alpha = .table([5, 5])
  change(&groups)
  return groups
}

private func refuseDifferentRanks(
  on world: borrowing MPICommunicator, _ findings: inout Findings
) throws {
  let last = world.size - 1
  /// The error of a layout that the last rank has changed.
  func error(
    clock: StepClock = .fromZero, engine: StepEngine = .blas,
    _ change: (inout [ParameterGroup]) -> Void = { _ in }
  ) throws -> DistributedError? {
    let isLast = world.rank == last && last > 0
    let layout = try ParameterLayout(isLast ? groups(change) : groups())
    return thrownError { () throws(DistributedError) in
      _ = try DistributedAdEMAMix<Float>(
        layout, on: world, clock: isLast ? clock : .fromZero,
        engine: isLast ? engine : .blas)
    }
  }
  func expect(
    _ error: DistributedError?, _ field: String, _ value: String?,
    _ expected: String?
  ) {
    let right = Disagreement(
      rank: last, field: field, value: value, expected: expected)
    findings.expect(
      error == .disagreement(right), "\(String(describing: error))")
  }
  let none = try error()
  findings.expect(none == nil, "\(String(describing: none))")
  guard last > 0 else { return }
  expect(
    try error { $0[1].hyperparameters.beta1 = 0.8 },
    "groups['biases'].hyperparameters.beta1", "0.8", "0.9")
  expect(
    try error { $0[0].hyperparameters.learningRate = 0.02 },
    "groups['matrices'].hyperparameters.learningRate.constant", "0.02",
    "0.01")
  expect(
    try error {
      $0[1].hyperparameters.weightDecay = .function("other") { _ in 0 }
    }, "groups['biases'].hyperparameters.weightDecay.function.name", "other",
    "none")
  expect(
    try error { $0[1].hyperparameters.alpha = .table([5, 6]) },
    "groups['biases'].hyperparameters.alpha.table[1]", "6.0", "5.0")
  expect(
    try error { $0[0].tensors[1].shape = [70, 10] },
    "groups['matrices'].tensors['matrices.1'].shape[0]", "70", "700")
  expect(
    try error { $0[1].isFrozen = true }, "groups['biases'].isFrozen", "true",
    "false")
  expect(
    try error { $0.removeLast() },
    "groups['biases'].name", nil, "biases")
  expect(try error(clock: .fromOne), "clock", "fromOne", "fromZero")
  expect(try error(engine: .fused), "engine", "fused", "blas")
  let refused = try error { $0[1].hyperparameters.beta1 = 2 }
  if world.rank == last {
    findings.expect(
      refused
        == .optimizer(
          .hyperparameterOutOfRange(
            .beta1, value: 2, group: "biases", scheduleCount: 0)),
      "\(String(describing: refused))")
  } else if let refused, refused.code == .otherRankRefused,
    refused.rank == last
  {
    let text = refused.description
    findings.expect(text.contains("beta1 is 2.0"), text)
  } else {
    findings.expect(false, "\(String(describing: refused))")
  }
  // Two scalar types.
  let layout = try ParameterLayout(groups())
  let isDouble = world.rank == last
  let mixed = thrownError { () throws(DistributedError) in
    if isDouble {
      _ = try DistributedAdEMAMix<Double>(layout, on: world)
    } else {
      _ = try DistributedAdEMAMix<Float>(layout, on: world)
    }
  }
  expect(mixed, "scalar", "Double", "Float")
  try refuseDifferentBytes(on: world, &findings)
}

/// Gives all ranks a name with a zero byte, and then the last rank a name of
/// the same letter in other bytes.
private func refuseDifferentBytes(
  on world: borrowing MPICommunicator, _ findings: inout Findings
) throws {
  let last = world.size - 1
  func error(_ name: String) throws -> DistributedError? {
    let layout = try ParameterLayout([ParameterGroup(name, sizes: [3], rate)])
    return thrownError { () throws(DistributedError) in
      _ = try DistributedAdEMAMix<Float>(layout, on: world)
    }
  }
  let alike = try error("a\0b")
  findings.expect(alike == nil, "\(String(describing: alike))")
  let composed = "\u{e9}"
  let letter = world.rank == last ? "e\u{301}" : composed
  let different = try error(letter)
  findings.expect(
    different?.code == .disagreement && different?.rank == last
      && different?.field == "groups['\(composed)'].name",
    "\(String(describing: different))")
}

private func refuseValues(
  on world: borrowing MPICommunicator, _ findings: inout Findings
) throws {
  let layout = try ParameterLayout(groups())
  let limit = (1 << 30) / world.size
  for count in [0, -1, limit + 1, .max] {
    let error = thrownError { () throws(DistributedError) in
      _ = try DistributedAdEMAMix<Float>(layout, on: world, pieceCount: count)
    }
    findings.expect(
      error == .pieceCount(count, limit: limit), "\(String(describing: error))")
  }
  var optimizer = try DistributedAdEMAMix<Float>(layout, on: world)
  var parameters = [Float](repeating: 1, count: layout.count)
  for root in [-1, world.size] {
    let error = thrownError { () throws(DistributedError) in
      try optimizer.broadcast(&parameters, from: root)
    }
    findings.expect(
      error == .noSuchRank(root, count: world.size),
      "\(String(describing: error))")
  }
  try optimizer.broadcast(&parameters, from: world.size - 1)
}

private func refuseCallsOfOneRank(
  on world: borrowing MPICommunicator, _ findings: inout Findings
) throws {
  let last = world.size - 1
  let isLast = world.rank == last
  var run = try PairOfRuns<Float>(groups(), on: world)
  try run.step(&findings)
  let (before, state) = (run.parameters, run.optimizer.state.copyMoments())

  func expect(_ error: DistributedError?, _ own: AdEMAMixError) {
    if isLast {
      findings.expect(
        error == .optimizer(own), "\(String(describing: error))")
    } else {
      findings.expect(
        error
          == .otherRankFailed(rank: last, description: own.description),
        "\(String(describing: error))")
    }
  }
  var short = [Float](repeating: 1, count: isLast ? 3 : before.count)
  expect(
    thrownError { () throws(DistributedError) in
      try run.optimizer.step(&run.parameters, gradients: &short)
    }, .gradientCount(3, expected: before.count))
  var few = isLast ? [1] : before
  expect(
    thrownError { () throws(DistributedError) in
      try run.optimizer.broadcast(&few)
    }, .parameterCount(1, expected: before.count))
  var gradients = before
  expect(
    thrownError { () throws(DistributedError) in
      try run.optimizer.step(
        &run.parameters, gradients: &gradients, gradientScale: isLast ? -1 : 1)
    }, .optionOutOfRange(.gradientScale, value: -1))
  findings.expect(
    run.parameters == before && run.optimizer.state.copyMoments() == state,
    "a refused call changed something")
  try run.step(&findings)

  var own = before.map { $0 + Float(world.rank) }
  try run.optimizer.broadcast(&own, from: last)
  findings.expect(own == before.map { $0 + Float(last) }, "broadcast")
}

private func refuseGradients(
  on world: borrowing MPICommunicator, _ findings: inout Findings
) throws {
  var run = try PairOfRuns<Float>(groups(), on: world)
  try run.step(&findings)
  try run.apply(
    .options(CallOptions { $0.nonFiniteGradients = .throw }), &findings)
  // The first and the last tensor, and one that a shard's bound may cut.
  for (element, tensor, index) in [
    (899, "matrices.0", 899), (1_500, "matrices.1", 600),
    (1_629, "biases.0", 29),
  ] {
    let before = run.parameters
    let error = run.stepWithNaN(at: element)
    let own = error?.optimizerError
    findings.expect(
      own?.code == .nonFiniteGradient && own?.index == index
        && own?.tensor == tensor, "\(String(describing: error))")
    findings.expect(
      own?.value?.isNaN == true && run.parameters == before,
      "\(String(describing: own?.value))")
  }
  try run.apply(
    .options(CallOptions { $0.nonFiniteGradients = .skipStep(limit: 1) }),
    &findings)
  findings.expect(run.stepWithNaN(at: 0) == nil, "the first is skipped")
  let error = run.stepWithNaN(at: 1_629)
  findings.expect(
    error == .optimizer(.tooManySkippedSteps(limit: 1)),
    "\(String(describing: error))")
  try run.step(&findings)
}

#endif
