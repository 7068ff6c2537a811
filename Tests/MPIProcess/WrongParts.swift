//===--- WrongParts.swift - averages and weights that are wrong -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixCheckpoints
import AdEMAMixMPI
import TestSupport

/// Makes calls with averages and split weights that one rank has wrong, or all
/// of them, and expects errors on all ranks, after which the run goes on.
func refuseWrongParts(
  on world: borrowing MPICommunicator, _ findings: inout Findings
) throws {
  let layout = try ParameterLayout(FormsOfSteps.groups)
  try refuseForms(layout, on: world, &findings)
  for placement in [StatePlacement.sharded, .replicated] {
    try refuseAverages(layout, on: world, placement, &findings)
    try refuseWeights(layout, on: world, placement, &findings)
    try copyOptimizer(layout, on: world, placement, &findings)
  }
}

/// Optimizers of other forms on the last rank, and of impossible ones on all.
private func refuseForms(
  _ layout: ParameterLayout, on world: borrowing MPICommunicator,
  _ findings: inout Findings
) throws {
  let isLast = world.rank == world.size - 1
  let differs = thrownError { () throws(DistributedError) in
    _ = try DistributedAdEMAMix<Float>(
      layout, on: world, weights: isLast ? .split24 : .split32)
  }
  findings.expect(
    world.size == 1
      ? differs == nil
      : differs?.code == .disagreement && differs?.field == "weights",
    "\(String(describing: differs))")
  let blas = thrownError { () throws(DistributedError) in
    _ = try DistributedAdEMAMix<Float>(
      layout, on: world, weights: .split32, engine: .blas)
  }
  let double = thrownError { () throws(DistributedError) in
    _ = try DistributedAdEMAMix<Double>(layout, on: world, weights: .split32)
  }
  for error in [blas, double] {
    findings.expect(
      error?.code == .refused && error?.optimizerError != nil,
      "\(String(describing: error))")
  }
}

private func refuseAverages(
  _ layout: ParameterLayout, on world: borrowing MPICommunicator,
  _ placement: StatePlacement, _ findings: inout Findings
) throws {
  let last = world.size - 1
  let isLast = world.rank == last
  var optimizer = try DistributedAdEMAMix<Float>(
    layout, on: world, placement: placement, threads: 1)
  var parameters: [Float] = ninths(layout.count)
  let gradients: [Float] = rankGradients(layout.count, call: 0)
  func expect(
    _ code: DistributedError.Code?, _ text: String,
    _ body: () throws(DistributedError) -> Void
  ) {
    let before = parameters
    let error = thrownError(body)
    findings.expect(
      error?.code == code && parameters == before,
      "\(text), \(placement): \(String(describing: error))")
  }
  let own: DistributedError.Code = isLast ? .refused : .otherRankRefused
  expect(.refused, "a decay of 1") { () throws(DistributedError) in
    try optimizer.startAverage(of: parameters, decay: 1)
  }
  expect(own, "a short tree on the last rank") {
    () throws(DistributedError) in
    try optimizer.startAverage(
      of: isLast ? [1] : parameters, decay: 0.5)
  }
  expect(world.size == 1 ? nil : .disagreement, "two decays") {
    () throws(DistributedError) in
    try optimizer.startAverage(
      of: parameters, decay: isLast ? 0.25 : 0.5)
  }
  if world.size == 1 { try optimizer.removeAverage() }
  expect(.refused, "no average") { () throws(DistributedError) in
    try optimizer.swapAverage(with: &parameters)
  }
  expect(world.size == 1 ? nil : .disagreement, "another call on the last") {
    () throws(DistributedError) in
    if isLast {
      try optimizer.removeAverage()
    } else {
      try optimizer.startAverage(of: parameters, decay: 0.5)
    }
  }
  try optimizer.startAverage(of: parameters, decay: 0.5)
  try optimizer.step(&parameters, gradients: gradients)
  let weights = parameters
  expect(own, "a short tree to swap with") { () throws(DistributedError) in
    var short: [Float] = [1]
    if isLast {
      try optimizer.swapAverage(with: &short)
    } else {
      try optimizer.swapAverage(with: &parameters)
    }
  }
  try optimizer.swapAverage(with: &parameters)
  findings.expect(parameters != weights, "the averages are the weights")
  for (name, call) in [
    ("a step", 0), ("an average", 1), ("no average", 2), ("a save", 3),
  ] {
    expect(.refused, "\(name) in between") {
      () throws(DistributedError) in
      switch call {
      case 0: try optimizer.step(&parameters, gradients: gradients)
      case 1: try optimizer.startAverage(of: parameters, decay: 0.5)
      case 2: try optimizer.removeAverage()
      default:
        // A folder would be made where the call were not refused at once.
        try optimizer.save(in: "/dev/null/run", parameters: parameters)
      }
    }
  }
  try optimizer.swapAverage(with: &parameters)
  findings.expect(parameters == weights, "other weights have come back")
  try optimizer.step(&parameters, gradients: gradients)
  try optimizer.removeAverage()
  try optimizer.step(&parameters, gradients: gradients)
  findings.expect(optimizer.stepCount == 3, "steps after refused calls")
}

private func refuseWeights(
  _ layout: ParameterLayout, on world: borrowing MPICommunicator,
  _ placement: StatePlacement, _ findings: inout Findings
) throws {
  let last = world.size - 1
  let isLast = world.rank == last
  let own: DistributedError.Code = isLast ? .refused : .otherRankRefused
  var optimizer = try DistributedAdEMAMix<Float>(
    layout, on: world, placement: placement, weights: .split32, threads: 1)
  let parameters: [Float] = ninths(layout.count)
  var joined = parameters
  var weights = [BFloat16](repeating: BFloat16(0), count: layout.count)
  let gradients = (rankGradients(layout.count, call: 0) as [Float]).map {
    BFloat16($0)
  }
  func expect(
    _ code: DistributedError.Code?, _ text: String,
    _ body: () throws(DistributedError) -> Void
  ) {
    let before = weights
    let error = thrownError(body)
    findings.expect(
      error?.code == code && weights == before,
      "\(text), \(placement): \(String(describing: error))")
  }
  var short: [BFloat16] = [BFloat16(0)]
  expect(own, "a short tree to split into") { () throws(DistributedError) in
    if isLast {
      try optimizer.split(parameters, into: &short)
    } else {
      try optimizer.split(parameters, into: &weights)
    }
  }
  try optimizer.split(parameters, into: &weights)
  try optimizer.join(weights, into: &joined)
  findings.expect(
    zip(layout.tensors, layout.split(joined)).allSatisfy {
      let right = parameters[$0.range]
      return layout.groups[$0.group].isFrozen
        ? $1 == right.map { Float(BFloat16($0)) } : $1 == Array(right)
    }, "parameters that were split are others")
  expect(own, "weights of one element") { () throws(DistributedError) in
    if isLast {
      try optimizer.step(&short, gradients: gradients)
    } else {
      try optimizer.step(&weights, gradients: gradients)
    }
  }
  expect(.refused, "a step on Float weights") { () throws(DistributedError) in
    try optimizer.step(&joined, gradients: parameters)
  }
  expect(.refused, "a save of Float weights") { () throws(DistributedError) in
    try optimizer.save(in: "/dev/null/run", parameters: joined)
  }
  // Both upper parts, and the corrections of owners, go on.
  optimizer.parameterCheckInterval = 1
  try optimizer.step(&weights, gradients: gradients)
  if isLast { weights[3] = BFloat16(9) }
  expect(world.size == 1 ? nil : .disagreement, "weights that drift apart") {
    () throws(DistributedError) in
    if world.size > 1 { try optimizer.step(&weights, gradients: gradients) }
  }
  try optimizer.broadcast(&weights, from: 0)
  try optimizer.step(&weights, gradients: gradients)
  var scalar = try DistributedAdEMAMix<Float>(
    layout, on: world, placement: placement, threads: 1)
  expect(.refused, "a step on split weights") { () throws(DistributedError) in
    try scalar.step(&weights, gradients: gradients)
  }
  expect(.refused, "splitting for Float weights") {
    () throws(DistributedError) in
    try scalar.split(parameters, into: &weights)
  }
}

/// Copies an optimizer with an average and split weights.
private func copyOptimizer(
  _ layout: ParameterLayout, on world: borrowing MPICommunicator,
  _ placement: StatePlacement, _ findings: inout Findings
) throws {
  var optimizer = try DistributedAdEMAMix<Float>(
    layout, on: world, placement: placement, weights: .split24, threads: 1)
  let parameters: [Float] = ninths(layout.count)
  var weights = [BFloat16](repeating: BFloat16(0), count: layout.count)
  try optimizer.split(parameters, into: &weights)
  try optimizer.startAverage(of: parameters, decay: 0.5)
  let gradients = (rankGradients(layout.count, call: 0) as [Float]).map {
    BFloat16($0)
  }
  try optimizer.step(&weights, gradients: gradients)
  var copy = try optimizer.copy()
  var copied = weights
  try optimizer.step(&weights, gradients: gradients)
  findings.expect(copy.stepCount == 1, "the copy has made the other's step")
  try copy.step(&copied, gradients: gradients)
  try optimizer.swapAverage(with: &weights)
  try copy.swapAverage(with: &copied)
  findings.expect(
    weights == copied
      && optimizer.state.copyMoments() == copy.state.copyMoments(),
    "a copy goes another way")
}

#endif
