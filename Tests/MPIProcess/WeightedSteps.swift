//===--- WeightedSteps.swift - means over the tokens of ranks -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import TestSupport

/// Makes steps whose ranks have gradients of different weights, in
/// micro-batches and alone, and compares with one process that has the weighted
/// mean.
func compareWeightedSteps(
  on world: borrowing MPICommunicator, _ findings: inout Findings
) throws {
  for placement in [StatePlacement.sharded, .replicated] {
    for batchCount in [1, 3] {
      try compareWeightedSteps(on: world, placement, batchCount, &findings)
    }
  }
  try refuseWeights(on: world, &findings)
}

private let elementCount = 3_001

/// The gradient and the weight of a rank in a micro-batch.
private func share(
  _ rank: Int, _ batch: Int
) -> (gradient: [Double], weight: Double) {
  var random = RandomNumbers(seed: UInt64(batch * 64 + rank))
  return (random.numbers(elementCount), Double((rank * 7 + batch * 3) % 11 + 1))
}

private func optimizerLayout() throws -> ParameterLayout {
  try ParameterLayout([
    ParameterGroup(
      "a", sizes: [elementCount], Hyperparameters(learningRate: 1e-2))
  ])
}

private func compareWeightedSteps(
  on world: borrowing MPICommunicator, _ placement: StatePlacement,
  _ batchCount: Int, _ findings: inout Findings
) throws {
  var optimizer = try DistributedAdEMAMix<Double>(
    optimizerLayout(), on: world, placement: placement)
  var single = try AdEMAMix<Double>(optimizerLayout())
  var options = StepOptions()
  options.clipping = .globalNorm(1)
  single.options = options
  options.accumulation = .mean(over: .constant(Double(batchCount)))
  optimizer.options = options
  var parameters = [Double](repeating: 1, count: elementCount)
  var expected = parameters
  for step in 0..<3 {
    var mean = [Double](repeating: 0, count: elementCount)
    var total = 0.0
    for batch in step * batchCount..<(step + 1) * batchCount {
      for rank in 0..<world.size {
        let (gradient, weight) = share(rank, batch)
        for index in mean.indices { mean[index] += weight * gradient[index] }
        total += weight
      }
      var (gradients, weight) = share(world.rank, batch)
      try optimizer.step(
        &parameters, gradients: &gradients, gradientScale: 0.5, weight: weight)
    }
    for index in mean.indices { mean[index] /= total }
    try single.step(&expected, gradients: mean, gradientScale: 0.5)
  }
  let error = zip(parameters, expected).map { abs($0 - $1) }.max() ?? .nan
  findings.expect(
    error < 1e-13 && optimizer.stepCount == 3,
    "\(placement), \(batchCount) micro-batches: the weighted mean is \(error) "
      + "off")
}

/// Expects all ranks to refuse weights that one of them has, or has wrong.
private func refuseWeights(
  on world: borrowing MPICommunicator, _ findings: inout Findings
) throws {
  var optimizer = try DistributedAdEMAMix<Double>(
    optimizerLayout(), on: world)
  var parameters = [Double](repeating: 1, count: elementCount)
  var gradients = parameters
  let isLast = world.rank == world.size - 1
  if world.size > 1 {
    do throws(DistributedError) {
      try optimizer.step(
        &parameters, gradients: &gradients, weight: isLast ? 2 : nil)
      findings.expect(false, "a weight of one rank was taken")
    } catch {
      findings.expect(error.code == .disagreement, "\(error)")
    }
  }
  do throws(DistributedError) {
    try optimizer.step(
      &parameters, gradients: &gradients, weight: isLast ? .nan : 1)
    findings.expect(false, "a weight of NaN was taken")
  } catch {
    findings.expect(
      error.code == (isLast ? .refused : .otherRankRefused), "\(error)")
  }
  findings.expect(
    parameters.allSatisfy { $0 == 1 }, "a refused weight changed parameters")
  try optimizer.step(&parameters, gradients: &gradients, weight: 2)
  findings.expect(optimizer.stepCount == 1, "no step after refused weights")
}

#endif
