//===--- KilledRankTests.swift - ranks that die ---------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
import Foundation
import Testing

@Suite(.serialized) struct `A rank that is killed` {
  @Test(.timeLimit(.minutes(1)), arguments: 0..<3)
  func `ends the job within seconds`(rank: Int) throws {
    let job = try Job(ranks: 3, "forever")
    let processes = job.processes(3)
    try #require(processes.count == 3)
    // In the middle of a step, or between two.
    Thread.sleep(forTimeInterval: .random(in: 0...0.05))
    let duration = try ContinuousClock().measure {
      kill(processes[rank], SIGKILL)
      let (status, _) = try job.end()
      #expect(status != 0)
      // The launcher may end before those that it has told to.
      while processes.contains(where: { kill($0, 0) == 0 }) {
        Thread.sleep(forTimeInterval: 0.01)
      }
    }
    #expect(duration < .seconds(20))
  }
}

#endif
