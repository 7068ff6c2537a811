//===--- StepTests.swift - ranks against one process ----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct `Several ranks` {
  @Test(.timeLimit(.minutes(5)), arguments: 1...4)
  func `make the steps of one process, to the bit`(ranks: Int) throws {
    try expectRight(ranks: ranks, "steps")
  }

  @Test(.timeLimit(.minutes(2)), arguments: [1, 3])
  func `make steps with the mean over all their tokens`(ranks: Int) throws {
    try expectRight(ranks: ranks, "weights")
  }

  @Test(.timeLimit(.minutes(2)), arguments: 1...3)
  func `refuse trees that one of them has wrong`(ranks: Int) throws {
    try expectRight(ranks: ranks, "trees")
  }

  @Test(.timeLimit(.minutes(2)), arguments: 1...3)
  func `sum gradients in bfloat16, to the bit`(ranks: Int) throws {
    try expectRight(ranks: ranks, "bfloat16")
  }

  @Test(.timeLimit(.minutes(2)), arguments: 1...3)
  func `take gradients that some or all of them lack`(ranks: Int) throws {
    try expectRight(ranks: ranks, "missing")
  }

  @Test(.timeLimit(.minutes(3)), arguments: 1...4)
  func `sum gradients as they come, to the bit`(ranks: Int) throws {
    try expectRight(ranks: ranks, "open")
  }

  @Test(.timeLimit(.minutes(2)), arguments: 1...3)
  func `sum gradients of weights in bfloat16 as they come`(
    ranks: Int
  ) throws {
    try expectRight(ranks: ranks, "narrow-open")
  }

  @Test(.timeLimit(.minutes(2)), arguments: 1...3)
  func `throw together in a step that is open`(ranks: Int) throws {
    try expectRight(ranks: ranks, "refused-open")
  }

  @Test(.timeLimit(.minutes(1)), arguments: 1...3)
  func `add numbers, however many`(ranks: Int) throws {
    try expectRight(ranks: ranks, "sums")
  }

  @Test(.timeLimit(.minutes(2)), arguments: [1, 2, 4])
  func `send gradients in bfloat16 on request`(ranks: Int) throws {
    try expectRight(ranks: ranks, "narrow")
  }

  @Test(.timeLimit(.minutes(2)), arguments: 1...3)
  func `write the update alone, and leave gradients of 0`(ranks: Int) throws {
    try expectRight(ranks: ranks, "updates")
  }

  @Test(.timeLimit(.minutes(2)), arguments: 1...3)
  func `notice parameters that drift apart`(ranks: Int) throws {
    try expectRight(ranks: ranks, "drift")
  }

  @Test(.timeLimit(.minutes(3)), arguments: 1...3)
  func `combine all that one process does, to the bit`(ranks: Int) throws {
    try expectRight(ranks: ranks, "combinations")
  }

  @Test(.timeLimit(.minutes(2)), arguments: 1...3)
  func `refuse averages and split weights that are wrong`(ranks: Int) throws {
    try expectRight(ranks: ranks, "parts")
  }

  @Test(.timeLimit(.minutes(2)))
  func `make large steps on several threads, to the bit`() throws {
    try expectRight(ranks: 3, "large")
  }

  @Test(.timeLimit(.minutes(2)), arguments: 1...4)
  func `throw together, and then go on`(ranks: Int) throws {
    try expectRight(ranks: ranks, "failures")
  }

  #if arch(x86_64)
  /// OpenBLAS takes the kernels of another processor for its own when asked to.
  @Test(.timeLimit(.minutes(2)))
  func `refuse to make whole steps with other kernels of OpenBLAS`() throws {
    let program = try builtProgram("MPIProcess").path()
    // Other than the processor's own, which each of the two may be.
    let otherCore =
      BLASBuild.current.core == "Prescott" ? "Nehalem" : "Prescott"
    try expectRight(
      Job(
        ranks: 1,
        [
          "processors", ":", "-np", "1", "env",
          "OPENBLAS_CORETYPE=\(otherCore)",
          program, "processors",
        ]), ranks: 2, "processors")
  }
  #endif

  @Test(.timeLimit(.minutes(2))) func `wait for one that is late`() throws {
    try expectRight(ranks: 3, "slow")
  }
}

#endif
