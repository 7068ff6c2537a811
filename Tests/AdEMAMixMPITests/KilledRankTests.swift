//===--- KilledRankTests.swift - ranks that die ---------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct `A rank that is killed` {
  @Test(.timeLimit(.minutes(1)), arguments: 0..<3)
  func `ends the job within seconds`(rank: Int) throws {
    let job = try Job(ranks: 3, "forever")
    let processes = job.processes(3)
    try #require(processes.count == 3)
    // In the middle of a step, or between two.
    Thread.sleep(forTimeInterval: .random(in: 0...0.05))
    try expectEnd(of: job, processes) { kill(processes[rank], SIGKILL) }
  }

  @Test(.timeLimit(.minutes(2)), arguments: 0..<3)
  func `ends the job while others wait for megabytes, and harms no file`(
    rank: Int
  ) throws {
    let folder = try TemporaryFolder()
    let job = try Job(ranks: 3, "large-forever", folder.path)
    let processes = job.processes(3)
    try #require(processes.count == 3)
    let before = try files(in: folder.path)
    #expect(before.count == 4, "an index, and three shards: \(before.keys)")
    // Steps are exchanges for the most part. Once the rank stops, the others
    // wait in one.
    Thread.sleep(forTimeInterval: .random(in: 0.1...0.4))
    kill(processes[rank], SIGSTOP)
    Thread.sleep(forTimeInterval: 0.3)
    try expectEnd(of: job, processes) { kill(processes[rank], SIGKILL) }
    #expect(try files(in: folder.path) == before)
  }
}

@Suite struct `A job whose ranks wait for ever` {
  @Test(.timeLimit(.minutes(1))) func `is ended`() throws {
    let job = try Job(ranks: 3, within: 3, "never")
    let processes = job.processes(3)
    try #require(processes.count == 3)
    let status = try expectEnd(of: job, processes) {}
    #expect(Job.overdueStatuses.contains(status))
  }

  @Test(.timeLimit(.minutes(1))) func `is ended with its owner`() throws {
    var processes: [pid_t] = []
    do {
      let job = try Job(ranks: 3, "never")
      processes = job.processes(3)
    }
    try #require(processes.count == 3)
    #expect(areGone(processes, within: .seconds(20)))
  }
}

/// Checks that a job has failed, and nothing of it is left, within 20 s.
@discardableResult
private func expectEnd(
  of job: borrowing Job, _ processes: [pid_t], after body: () -> Void
) throws -> CInt {
  let start = ContinuousClock.now
  body()
  let (status, _) = try job.end()
  #expect(status != 0)
  // The launcher may end before those that it has told to.
  let bound = Duration.seconds(20) - (.now - start)
  #expect(areGone(processes, within: bound), "20 s later some are there")
  return status
}

/// The files in a folder and in those inside, with what they hold.
private func files(in folder: String) throws -> [String: [UInt8]] {
  var files: [String: [UInt8]] = [:]
  for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
    var isFolder: ObjCBool = false
    let path = "\(folder)/\(name)"
    _ = unsafe FileManager.default.fileExists(
      atPath: path, isDirectory: &isFolder)
    if !isFolder.boolValue { files[name] = try content(of: path) }
  }
  return files
}

#endif
