//===--- DifferentChanges.swift - ranks that change other things ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import TestSupport

private let rate = Hyperparameters(learningRate: 0.01)
private let groups = [
  ParameterGroup("matrices", sizes: [900, 700], rate),
  ParameterGroup("biases", sizes: [30], rate),
]

/// Lets the last rank change what the others do not, and checks that nothing
/// has changed.
func refuseChangesOfOneRank(
  on world: borrowing MPICommunicator, _ findings: inout Findings
) throws {
  guard world.size > 1 else { return }
  let last = world.size - 1
  let isLast = world.rank == last
  var run = try PairOfRuns<Float>(groups, on: world)
  let options = run.optimizer.options
  if isLast { run.optimizer.options.clipping = .globalNorm(2) }
  var gradients = run.parameters
  let before = run.parameters
  let clipped = thrownError { () throws(DistributedError) in
    try run.optimizer.step(&run.parameters, gradients: &gradients)
  }
  guard let found = clipped?.disagreement else {
    return findings.expect(false, "\(String(describing: clipped))")
  }
  findings.expect(
    found.rank == last && found.field.hasPrefix("options.clipping"),
    "\(found)")
  run.optimizer.options = options
  findings.expect(
    run.parameters == before, "a drifted call changed something")
  let edited = thrownError { () throws(DistributedError) in
    try run.optimizer.updateGroup("biases") {
      $0.learningRateFactor = isLast ? 0.5 : 0.25
    }
  }
  findings.expect(
    edited
      == .disagreement(
        Disagreement(
          rank: last, field: "call.updateGroups['biases'].learningRateFactor",
          value: "0.5", expected: "0.25")), "\(String(describing: edited))")
  findings.expect(
    run.optimizer.layout == (try ParameterLayout(groups)),
    "groups after edits that differ")
  // They go on at once: nothing has changed.
  try run.step(&findings)
  for edit: Scenario.Event in [
    .edit("biases", .set(.learningRateFactor, 2)),
    .edit("matrices", .isFrozen(true)), .edit("matrices", .isFrozen(false)),
    .edit("matrices", .directionLimit(0.5)),
    .edit("biases", .skipsZeroGradients(true)),
  ] {
    try run.apply(edit, &findings)
    try run.step(&findings)
  }
}

/// Lets the last rank change its slow moment otherwise than the others.
func refuseSlowMomentsOfOneRank(
  on world: borrowing MPICommunicator, _ findings: inout Findings
) throws {
  let last = world.size - 1
  let isLast = world.rank == last
  var run = try PairOfRuns<Float>(groups, on: world)
  try run.step(&findings)
  let (before, initial) = (run.optimizer.state.copyMoments(), run.parameters)
  /// Makes a call on the last rank, and checks what it differs in.
  func expect(
    _ field: String, _ value: String?, _ expected: String?,
    _ call: (inout DistributedAdEMAMix<Float>) throws(DistributedError) -> Void
  ) {
    let error = thrownError { () throws(DistributedError) in
      try call(&run.optimizer)
    }
    let right = Disagreement(
      rank: last, field: field, value: value, expected: expected)
    findings.expect(
      error == .disagreement(right), "\(String(describing: error))")
    findings.expect(
      run.optimizer.state.copyMoments() == before,
      "\(field) has changed something")
  }
  if last > 0 {
    expect("call.dampSlowMoment.factor", "0.5", "0.25") {
      optimizer throws(DistributedError) in
      try optimizer.dampSlowMoment(by: isLast ? 0.5 : 0.25)
    }
    // That of the last is out of range: it is a difference first of all.
    expect("call.dampSlowMoment.factor", "2.0", "0.25") {
      optimizer throws(DistributedError) in
      try optimizer.dampSlowMoment(by: isLast ? 2 : 0.25)
    }
    expect("call.dampSlowMoment.group.some", "biases", "matrices") {
      optimizer throws(DistributedError) in
      try optimizer.dampSlowMoment(
        by: 0.5, inGroup: isLast ? "biases" : "matrices")
    }
    expect("call.resetSlowMoment.group", nil, "nil") {
      optimizer throws(DistributedError) in
      try optimizer.resetSlowMoment(inGroup: isLast ? "biases" : nil)
    }
    expect("call.resetSlowMoment.group", nil, "nil") {
      optimizer throws(DistributedError) in
      if isLast {
        try optimizer.dampSlowMoment(by: 0)
      } else {
        try optimizer.resetSlowMoment()
      }
    }
    expect("call.resetMoments.moments", "2", "7") {
      optimizer throws(DistributedError) in
      try optimizer.resetMoments(isLast ? .slow : .all, of: "biases.0")
    }
    expect("call.resetMoments.elements.some.upperBound", "1", "2") {
      optimizer throws(DistributedError) in
      try optimizer.resetMoments(
        .all, of: "biases.0", elements: 0..<(isLast ? 1 : 2))
    }
    expect("arguments.gradientScale", "0.5", "1.0") {
      optimizer throws(DistributedError) in
      var (parameters, gradients) = (initial, initial)
      try optimizer.step(
        &parameters, gradients: &gradients, gradientScale: isLast ? 0.5 : 1)
    }
    expect("arguments.diagnostics", "true", "false") {
      optimizer throws(DistributedError) in
      var (parameters, gradients) = (initial, initial)
      try optimizer.step(
        &parameters, gradients: &gradients, diagnostics: isLast)
    }
    expect("call", "discardAccumulatedGradients", "step") {
      optimizer throws(DistributedError) in
      if isLast {
        try optimizer.discardAccumulatedGradients()
      } else {
        var (parameters, gradients) = (initial, initial)
        try optimizer.step(&parameters, gradients: &gradients)
      }
    }
    expect("call", nil, "step") { optimizer throws(DistributedError) in
      if isLast {
        try optimizer.resetSlowMoment()
      } else {
        var (parameters, gradients) = (initial, initial)
        try optimizer.step(&parameters, gradients: &gradients)
      }
    }
  }
  let refused = thrownError { () throws(DistributedError) in
    try run.optimizer.dampSlowMoment(by: -1)
  }
  findings.expect(
    refused == .optimizer(.dampingFactor(-1)), "\(String(describing: refused))")
  try run.apply(.damp(0.25, group: "biases"), &findings)
  try run.step(&findings)
  try run.apply(.reset(group: nil), &findings)
  try run.step(&findings)
  let unknown = thrownError { () throws(DistributedError) in
    try run.optimizer.resetMoments(.all, of: "x")
  }
  findings.expect(
    unknown == .optimizer(.unknownTensor("x")), "\(String(describing: unknown))"
  )
  // Across the borders of shards.
  for (moments, elements) in [(MomentSet.slow, 100..<800), (.all, 300..<650)] {
    try run.optimizer.resetMoments(
      moments, of: "matrices.0", elements: elements)
    try run.whole.resetMoments(moments, of: "matrices.0", elements: elements)
    try run.step(&findings)
  }
}

#endif
