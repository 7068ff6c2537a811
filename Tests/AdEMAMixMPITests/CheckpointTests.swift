//===--- CheckpointTests.swift - shards saved, and resumed by others ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct `A checkpoint of several ranks` {
  @Test(
    .timeLimit(.minutes(3)),
    arguments: [(1, "sharded"), (3, "replicated"), (4, "sharded")])
  func `goes on with the same bits on any number of them`(
    saving: Int, placement: String
  ) throws {
    let folder = try TemporaryFolder()
    try expectRight(ranks: saving, "save", folder.path, placement)
    for ranks in 1...3 {
      try expectRight(ranks: ranks, "resume", folder.path, "sharded")
    }
    try expectRight(ranks: 2, "resume", folder.path, "replicated")
  }

  @Test(
    .timeLimit(.minutes(3)),
    arguments: [(1, "sharded"), (2, "replicated"), (3, "sharded")])
  func `keeps averages and split weights on any number of them`(
    saving: Int, placement: String
  ) throws {
    let folder = try TemporaryFolder()
    try expectRight(ranks: saving, "save-parts", folder.path, placement)
    for ranks in 1...3 {
      try expectRight(ranks: ranks, "load-parts", folder.path, "sharded")
    }
    try expectRight(ranks: 2, "load-parts", folder.path, "replicated")
  }

  @Test(.timeLimit(.minutes(1)), arguments: [1, 3])
  func `is saved by all ranks or none`(ranks: Int) throws {
    let folder = try TemporaryFolder()
    try expectRight(ranks: ranks, "fail-to-save", folder.path)
  }

  @Test(.timeLimit(.minutes(3)))
  func `is whole whenever a rank is killed`() throws {
    let folder = try TemporaryFolder()
    for run in 0..<12 {
      let path = folder.file("\(run)")
      let job = try Job(ranks: 3, "save-forever", path)
      let processes = job.processes(3)
      try #require(processes.count == 3)
      Thread.sleep(forTimeInterval: .random(in: 0...0.2))
      kill(processes[run % 3], SIGKILL)
      #expect(try job.end().status != 0)
      try expectRight(ranks: 2, "verify", path)
    }
  }

  @Test(
    .enabled(if: SmallDisk.mayBeMounted, "a file system cannot be mounted"),
    .timeLimit(.minutes(1)))
  func `is whole when the disk is full`() throws {
    guard let disk = try SmallDisk(kibibytes: 260) else { return }
    let path = "\(disk.path)/run"
    let (status, _) = try Job(ranks: 3, "save-forever", path).end()
    #expect(status != 0)
    try expectRight(ranks: 2, "verify", path)
  }

  @Test(.timeLimit(.minutes(1)))
  func `is left whole by ranks that have no room for the next`() throws {
    let folder = try TemporaryFolder()
    try expectRight(ranks: 3, "full-disk", folder.path, "limit", "sharded")
    try expectRight(ranks: 2, "verify", folder.file("run"))
  }

  @Test(
    .enabled(if: SmallDisk.mayBeMounted, "a file system cannot be mounted"),
    .timeLimit(.minutes(1)), arguments: ["sharded", "replicated"])
  func `is left whole by a disk without room for the next`(
    placement: String
  ) throws {
    guard let disk = try SmallDisk(kibibytes: 1024) else { return }
    try expectRight(ranks: 3, "full-disk", disk.path, "disk", placement)
    try expectRight(ranks: 2, "verify", "\(disk.path)/run")
  }
}

#endif
