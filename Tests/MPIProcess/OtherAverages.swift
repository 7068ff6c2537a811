//===--- OtherAverages.swift - a rank loads another average ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixCheckpoints
import AdEMAMixMPI
import TestSupport

/// Lets the last rank load a file whose average alone is another one.
func loadOtherAverages(
  in folder: String, on world: borrowing MPICommunicator,
  _ placement: StatePlacement, _ findings: inout Findings
) throws {
  let layout = try ParameterLayout(FormsOfSteps.groups)
  var parameters: [Float] = ninths(layout.count)
  let isLast = world.size > 1 && world.rank == world.size - 1
  let path = "\(folder)/\(placement)-average-of-rank-\(world.rank).safetensors"
  var whole = try AdEMAMix<Float>(layout, engine: .fused, threads: 1)
  whole.average = try ParameterAverage(
    of: parameters, decay: isLast ? 0.25 : 0.5, threads: 1)
  try whole.save(to: path, parameters: parameters)
  var optimizer = try DistributedAdEMAMix<Float>(
    layout, on: world, placement: placement, engine: .fused, threads: 1)
  try optimizer.startAverage(of: parameters, decay: 0.5)
  let error = thrownError { () throws(DistributedError) in
    try optimizer.load(from: path, parameters: &parameters)
  }
  findings.expect(
    world.size == 1
      ? error == nil
      : error?.code == .disagreement && error?.rank == world.size - 1
        && error?.field?.hasPrefix("average.some.decay") == true,
    "averages that differ, \(placement): \(String(describing: error))")
}

#endif
