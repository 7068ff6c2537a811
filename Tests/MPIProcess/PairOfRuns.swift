//===--- PairOfRuns.swift - many ranks and one process, side by side ------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI

/// The same run on all ranks and in one process.
struct PairOfRuns: ~Copyable {
  var optimizer: DistributedAdEMAMix<Float>
  var whole: AdEMAMix<Float>
  var parameters: [Float]
  private var expected: [Float]
  private let problem: Problem<Float>

  /// Runs in chunks of a tile.
  init(_ layout: ParameterLayout, on world: borrowing Communicator) throws {
    let problem = Problem<Float>(name: "", layout: layout)
    let optimizer = try DistributedAdEMAMix<Float>(
      layout, on: world, threads: 1, pieceCount: 256)
    var whole = try AdEMAMix<Float>(layout, threads: 1)
    whole.options.gradientScale = 1 / Double(world.size)
    self.problem = problem
    self.optimizer = optimizer
    self.whole = whole
    parameters = problem.parameters
    expected = parameters
  }

  mutating func setOptions(_ change: (inout StepOptions) -> Void) {
    change(&optimizer.options)
    change(&whole.options)
  }

  mutating func edit(
    _ group: String, _ change: (inout ParameterGroup) -> Void
  ) throws {
    try optimizer.updateGroup(group, change)
    try whole.updateGroup(group, change)
  }

  mutating func change(
    _ change: (inout DistributedAdEMAMix<Float>) throws(DistributedError) ->
      Void,
    inOne changeOne: (inout AdEMAMix<Float>) throws(AdEMAMixError) -> Void
  ) throws {
    try change(&optimizer)
    try changeOne(&whole)
  }

  mutating func step(_ findings: inout Findings) throws {
    let call = whole.stepCount
    var gradients = problem.gradients(rank: optimizer.rank, call: call)
    try optimizer.step(&parameters, gradients: &gradients)
    try whole.step(
      &expected,
      gradients: problem.gradientSum(ranks: optimizer.rankCount, call: call))
    findings.expect(parameters == expected, "parameters after \(call) steps")
  }

  /// Makes a step in which the last rank has a NaN.
  mutating func stepWithNaN(at index: Int) -> DistributedError? {
    var gradients = problem.gradients(rank: optimizer.rank, call: 0)
    if optimizer.rank == optimizer.rankCount - 1 { gradients[index] = .nan }
    return thrown { () throws(DistributedError) in
      try optimizer.step(&parameters, gradients: &gradients)
    }
  }
}

#endif
