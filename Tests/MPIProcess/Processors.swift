//===--- Processors.swift - ranks for which OpenBLAS rounds otherwise -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import TestSupport

/// Two ranks, of which the last has the kernels of another processor: they may
/// not each make whole steps through CBLAS, and may do all else.
func refuseOtherProcessors(
  on world: borrowing MPICommunicator
) throws -> Findings {
  var findings = Findings()
  let layout = try ParameterLayout([
    ParameterGroup("all", sizes: [900], Hyperparameters(learningRate: 0.01))
  ])
  func optimizer(
    _ placement: StatePlacement, _ engine: StepEngine
  ) throws(DistributedError) -> DistributedAdEMAMix<Float> {
    try DistributedAdEMAMix(
      layout, on: world, placement: placement, engine: engine)
  }
  func expectRefusal(
    _ error: DistributedError?, _ field: String = "openBLAS"
  ) {
    guard let found = error?.disagreement else {
      findings.expect(false, "\(String(describing: error))")
      return
    }
    findings.expect(found.rank == 1 && found.field == field, "\(found)")
    findings.expect(
      ["Prescott", "Nehalem"].contains {
        found.value?.hasSuffix(" on \($0)") == true
      }
        && found.expected?.hasPrefix("OpenBLAS ") == true
        && found.expected != found.value, "\(found)")
  }
  expectRefusal(
    thrownError { () throws(DistributedError) in
      _ = try optimizer(.replicated, .blas)
    })
  var parameters = [Float](repeating: 1, count: layout.count)
  var gradients = parameters
  for (placement, engine) in [
    (StatePlacement.sharded, StepEngine.blas), (.replicated, .fused),
  ] {
    var run = try optimizer(placement, engine)
    try run.step(&parameters, gradients: &gradients)
    findings.expect(run.stepCount == 1, "\(placement), \(engine)")
    guard placement == .replicated else { continue }
    // Between two steps too.
    run.engine = .blas
    expectRefusal(
      thrownError { () throws(DistributedError) in
        try run.step(&parameters, gradients: &gradients)
      })
    findings.expect(run.stepCount == 1, "a refused step was made")
    // Averages go through CBLAS with every engine.
    run.engine = .fused
    expectRefusal(
      thrownError { () throws(DistributedError) in
        try run.startAverage(of: parameters, decay: 0.5)
      }, "call.startAverage.openBLAS")
    try run.step(&parameters, gradients: &gradients)
  }
  return findings
}

#endif
