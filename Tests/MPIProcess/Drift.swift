//===--- Drift.swift - parameters that differ between ranks ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import TestSupport

/// Lets the parameters of the last rank drift, and checks that the next
/// comparison names the rank and the tensor.
func compareParameters(on world: borrowing MPICommunicator) throws -> Findings {
  var findings = Findings()
  for placement in [StatePlacement.sharded, .replicated] {
    try compareParameters(FormsOfSteps(on: world, placement), &findings)
  }
  return findings
}

private func compareParameters(
  _ run: consuming FormsOfSteps, _ findings: inout Findings
) throws {
  let last = run.ranks - 1
  let isLast = run.rank == last
  run.optimizer.parameterCheckInterval = 3
  /// Makes a step whose parameters the last rank has changed before.
  func step(
    _ run: inout FormsOfSteps, _ tensor: Int?, isFlat: Bool = false
  ) -> DistributedError? {
    var parameters = run.parameters
    if isLast, let tensor {
      // Two signs, so that no sum or exclusive or of words shows them.
      parameters.elements[tensor][1].negate()
      parameters.elements[tensor][5].negate()
    }
    let before = parameters.elements
    let gradients = NamedTensors(run.layout, run.gradient(run.rank))
    let error = thrownError { () throws(DistributedError) in
      if isFlat {
        var flat = Array(parameters.elements.joined())
        try run.optimizer.step(
          &flat, gradients: Array(gradients.elements.joined()))
        parameters = NamedTensors(run.layout, flat)
      } else {
        try run.optimizer.step(&parameters, gradients: gradients)
      }
    }
    if error == nil {
      run.parameters = parameters
    } else {
      findings.expect(
        parameters.elements == before, "a comparison has changed something")
    }
    return error
  }
  func expect(_ error: DistributedError?, _ tensor: String) {
    findings.expect(
      run.ranks == 1
        ? error == nil
        : error?.code == .disagreement && error?.rank == last
          && error?.field == "parameters['\(tensor)'].checksum",
      "\(tensor): \(String(describing: error))")
  }
  for tensor in [0, 2, 4] where run.ranks > 1 {
    expect(
      step(&run, tensor, isFlat: tensor == 2), run.layout.tensors[tensor].name)
  }
  for count in 0..<3 {
    let error = step(&run, nil)
    findings.expect(
      error == nil && run.optimizer.stepCount == count + 1,
      "\(String(describing: error))")
  }
  if run.ranks > 1 { expect(step(&run, 5), "experts.2") }
  try run.optimizer.broadcast(&run.parameters)
  let error = step(&run, nil)
  // No comparison at this count.
  let unseen = step(&run, 2)
  findings.expect(
    error == nil && unseen == nil, "\(String(describing: error ?? unseen))")
  guard run.ranks > 1 else { return }
  run.optimizer.parameterCheckInterval = isLast ? 2 : 3
  let different = step(&run, nil)
  findings.expect(
    different?.disagreement?.field.hasPrefix("parameterCheckInterval") == true,
    "\(String(describing: different))")
}

#endif
