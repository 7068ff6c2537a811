//===--- Stalls.swift - ranks that are late, or never come ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import Glibc

private let groups = [
  ParameterGroup(
    "all", sizes: [3_000, 500], Hyperparameters(learningRate: 0.01))
]

/// Steps while the last rank is late each time.
func stepSlowly(on world: borrowing MPICommunicator) throws -> Findings {
  var findings = Findings()
  var run = try PairOfRuns<Float>(groups, on: world)
  for _ in 0..<3 {
    if world.rank == world.size - 1 { usleep(300_000) }
    try run.step(&findings)
  }
  return findings
}

/// Tells the test which process to kill.
func printProcess() {
  // In one piece, which launchers do not mix with those of other ranks.
  print("process \(getpid())\n", terminator: "")
  fflush(nil)
}

/// Steps until the process is killed, or a call fails.
func stepForever(on world: borrowing MPICommunicator) throws {
  var findings = Findings()
  var run = try PairOfRuns<Float>(groups, on: world)
  try run.step(&findings)
  printProcess()
  while true { try run.step(&findings) }
}

/// Waits for the last rank, which never comes, nor ends when it is asked to.
func waitForever(on world: borrowing MPICommunicator) throws {
  signal(SIGTERM, SIG_IGN)
  printProcess()
  while world.rank == world.size - 1 { pause() }
  _ = try world.sum([0])
}

#endif
