//===--- Updates.swift - updates alone, and cleared gradients -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import TestSupport

/// Writes updates, and makes steps that leave gradients of 0, on all ranks and
/// in one process.
func writeUpdates(on world: borrowing MPICommunicator) throws -> Findings {
  var findings = Findings()
  for placement in [StatePlacement.sharded, .replicated] {
    try writeUpdates(
      FormsOfSteps(on: world, placement), "\(placement)", &findings)
    var options = StepOptions()
    options.accumulation = .mean(over: 2)
    options.nonFiniteGradients = .skipStep(limit: 3)
    try writeUpdates(
      FormsOfSteps(on: world, placement, options: options),
      "\(placement), accumulated", &findings)
    try clearGradients(FormsOfSteps(on: world, placement), &findings)
  }
  return findings
}

private func writeUpdates(
  _ run: consuming FormsOfSteps, _ name: String, _ findings: inout Findings
) throws {
  let layout = run.layout
  let isSkipping = run.optimizer.options.nonFiniteGradients != .propagate
  for call in 0..<5 {
    // Each call must overwrite all updates.
    var right = NamedTensors(
      layout, [Float](repeating: Float(call + 1), count: layout.count))
    var flat = Array(right.elements.joined())
    let poison: Float = isSkipping && call == 3 ? .nan : 0
    var (own, sum) = (run.gradient(run.rank), run.sum())
    own[layout.count - 1] += run.rank == 0 ? poison : 0
    sum[layout.count - 1] += poison
    let report: StepReport
    if call == 0 {
      report = try run.optimizer.writeUpdate(
        into: flat.mutableSpan, gradients: own.span)
    } else if call.isMultiple(of: 2) {
      report = try run.optimizer.writeUpdate(into: &flat, gradients: own)
    } else {
      var tensors = layout.split(flat)
      report = try run.optimizer.writeUpdate(
        into: &tensors, gradients: NamedTensors(layout, own))
      flat = Array(tensors.joined())
    }
    let expected = try run.whole.writeUpdate(
      into: &right, gradients: NamedTensors(layout, sum),
      gradientScale: run.mean)
    findings.expect(
      NamedTensors(layout, flat).elements == right.elements
        && report.outcome == expected.outcome,
      "update \(call) of \(name): \(report.outcome)")
    run.next()
  }
}

private func clearGradients(
  _ run: consuming FormsOfSteps, _ findings: inout Findings
) throws {
  for call in 0..<3 {
    let own = run.gradient(run.rank)
    let isCleared: Bool
    if call == 0 {
      var (flat, gradients) = (Array(run.parameters.elements.joined()), own)
      try run.optimizer.step(&flat, clearing: &gradients)
      run.parameters = NamedTensors(run.layout, flat)
      isCleared = gradients.allSatisfy { $0 == 0 }
    } else {
      var gradients = run.layout.split(own)
      try run.optimizer.step(&run.parameters, clearing: &gradients)
      isCleared = gradients.allSatisfy { $0.allSatisfy { $0 == 0 } }
    }
    try run.whole.step(
      &run.expected, gradients: NamedTensors(run.layout, run.sum()),
      gradientScale: run.mean)
    findings.expect(isCleared && run.areAlike, "cleared gradients \(call)")
    run.next()
  }
}

#endif
