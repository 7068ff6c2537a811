//===--- LargeSteps.swift - steps whose chunks are megabytes --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import TestSupport

/// The same steps on all ranks and in one process, of 24 MiB in chunks of 2 MiB
/// an owner: enough for two threads.
private struct LargeRun: ~Copyable {
  private static let count = 6 << 20
  private static let pieceCount = 1 << 19

  var optimizer: DistributedAdEMAMix<Float>
  var parameters: [Float]
  private var whole: AdEMAMix<Float>
  private var expected: [Float]
  private let ranks: Int
  private(set) var call: Int

  init(on world: borrowing MPICommunicator) throws {
    let layout = try ParameterLayout([
      ParameterGroup(
        "all", sizes: [Self.count - 1, 1],
        Hyperparameters(learningRate: 0.01, weightDecay: 0.01))
    ])
    let optimizer = try DistributedAdEMAMix<Float>(
      layout, on: world, threads: 2, pieceCount: Self.pieceCount)
    let whole = try AdEMAMix<Float>(layout, threads: 1)
    self.optimizer = optimizer
    self.whole = whole
    ranks = world.size
    parameters = ninths(Self.count)
    expected = parameters
    call = 0
  }

  /// The bytes that every rank cannot but send in a step: the gradients of all
  /// other shards, and its own parameters at least once.
  var byteCount: Int {
    ranks == 1 ? 0 : Self.count * MemoryLayout<Float>.stride
  }

  /// Small integers, whose sums are exact.
  private static func gradients(rank: Int, call: Int) -> [Float] {
    rankGradients(count, call: call, rank: rank)
  }

  /// Makes a step.
  mutating func step() throws {
    var gradients = Self.gradients(rank: optimizer.rank, call: call)
    try optimizer.step(&parameters, gradients: &gradients)
    self.call += 1
  }

  /// Makes the steps of one process, and compares.
  mutating func check(_ findings: inout Findings) throws {
    for call in 0..<call {
      var sum = Self.gradients(rank: 0, call: call)
      for rank in stride(from: 1, to: ranks, by: 1) {
        let other = Self.gradients(rank: rank, call: call)
        for index in sum.indices { sum[index] += other[index] }
      }
      try whole.step(
        &expected, gradients: sum, gradientScale: 1 / Double(ranks))
    }
    findings.expect(parameters == expected, "parameters after \(call) steps")
  }
}

/// Makes some steps, compares, and prints what they took.
func stepLarge(on world: borrowing MPICommunicator) throws -> Findings {
  var findings = Findings()
  var run = try LargeRun(on: world)
  var times: [Duration] = []
  for _ in 0..<4 {
    let start = ContinuousClock.now
    try run.step()
    times.append(.now - start)
  }
  try run.check(&findings)
  if world.rank == 0, let fastest = times.min() {
    let timing = run.optimizer.timing
    print(
      "fastest of \(times.count) steps: \(fastest); the last: "
        + "\(timing.reducing) to reduce, \(timing.updating) to update, "
        + "\(timing.gathering) to gather; every rank has sent "
        + "\(run.byteCount * times.count) bytes or more")
  }
  return findings
}

/// Saves once, and steps until the process is killed, or a call fails.
func stepLargeForever(
  on world: borrowing MPICommunicator, in folder: String
) throws {
  var run = try LargeRun(on: world)
  try run.step()
  try run.optimizer.save(in: folder, parameters: run.parameters)
  printProcess()
  while true { try run.step() }
}

#endif
