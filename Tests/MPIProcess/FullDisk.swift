//===--- FullDisk.swift - saves where there is no room --------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixCheckpoints
import AdEMAMixMPI
import TestSupport
import Glibc

/// Why a rank has no room for its file.
enum Shortage: String {
  /// The last rank may not write files as large as its own.
  case limit
  /// The file system is full, for all that write to it.
  case disk

  /// Takes the room away.
  func begin(on world: borrowing MPICommunicator, in folder: String) {
    switch self {
    case .limit:
      guard world.rank == world.size - 1 else { return }
      signal(SIGXFSZ, SIG_IGN)
      limitFiles(to: 1 << 12)
    case .disk:
      guard world.rank == 0 else { return }
      let file = unsafe open(Self.filler(folder), O_CREAT | O_WRONLY, 0o600)
      let bytes = [UInt8](repeating: 1, count: 1 << 12)
      while unsafe write(file, bytes, bytes.count) > 0 {}
      _ = close(file)
    }
  }

  /// Gives it back.
  func end(on world: borrowing MPICommunicator, in folder: String) {
    switch self {
    case .limit: limitFiles(to: rlim_t.max)
    case .disk: if world.rank == 0 { unsafe unlink(Self.filler(folder)) }
    }
  }

  private static func filler(_ folder: String) -> String {
    "\(folder)/filler"
  }

  /// The soft limit: the hard one lets it be raised again.
  private func limitFiles(to count: rlim_t) {
    let resource = __rlimit_resource_t(1)  // RLIMIT_FSIZE
    var limit = rlimit()
    _ = unsafe getrlimit(resource, &limit)
    limit.rlim_cur = min(count, limit.rlim_max)
    _ = unsafe setrlimit(resource, &limit)
  }
}

/// Saves while ranks have no room, steps on, and saves once they have.
func saveWithoutRoom(
  on world: borrowing MPICommunicator, in folder: String,
  _ placement: StatePlacement,
  _ shortage: Shortage
) throws -> Findings {
  var findings = Findings()
  let layout = try Run.layout()
  var optimizer = try DistributedAdEMAMix<Float>(
    layout, on: world, placement: placement, threads: 1, pieceCount: 256)
  Run.options(&optimizer.options)
  var parameters: [Float] = ninths(layout.count)
  let checkpoints = "\(folder)/run"
  func step(_ call: Int) throws {
    var gradients: [Float] = rankGradients(layout.count, call: call)
    try optimizer.step(&parameters, gradients: &gradients)
  }
  try step(0)
  let first = try optimizer.save(
    in: checkpoints, parameters: parameters, metadata: ["call": "0"])
  shortage.begin(on: world, in: folder)
  // All ranks have begun, or ended, where they wait for each other.
  _ = try world.sum([0])
  for call in 1...3 {
    try step(call)
    let error = thrownError { () throws(DistributedError) in
      try optimizer.save(in: checkpoints, parameters: parameters)
    }
    let failed = shortage == .limit ? [world.size - 1] : [0]
    // Chance says for which of several ranks the disk is full first.
    let isAny = shortage == .disk && placement == .sharded
    findings.expect(
      error.isOfFullDisk(on: isAny ? nil : failed[0], seenBy: world.rank),
      "\(String(describing: error))")
    _ = try world.sum([0])
    let paths = try ShardedCheckpoints.paths(in: checkpoints)
    findings.expect(paths == [first], "\(paths)")
    findings.expect(
      entryCount(of: checkpoints) == 1, "a save that failed left something")
    _ = try world.sum([0])
  }
  shortage.end(on: world, in: folder)
  _ = try world.sum([0])
  try step(4)
  let last = try optimizer.save(
    in: checkpoints, parameters: parameters, metadata: ["call": "4"])
  let paths = try ShardedCheckpoints.paths(in: checkpoints)
  findings.expect(paths == [last, first], "\(paths)")
  var loaded: [Float] = []
  _ = try DistributedAdEMAMix<Float>(
    checkpoint: first, parameters: &loaded, on: world, threads: 1,
    schedules: Run.functions)
  var whole = try AdEMAMix<Float>(layout, threads: 1)
  Run.options(&whole.options)
  var expected: [Float] = ninths(layout.count)
  for call in 0...4 {
    try whole.step(
      &expected, gradients: rankGradients(layout.count, call: call))
    if call == 0 { findings.expect(loaded == expected, "the first save") }
  }
  findings.expect(parameters == expected, "parameters")
  return findings
}

extension DistributedError? {
  /// Whether it says that a disk is full: on this rank, or on another.
  ///
  /// - Parameters:
  ///   - failed: The rank without room; `nil` is any.
  ///   - rank: This rank.
  /// - Returns: Whether both rank and reason are right.
  fileprivate func isOfFullDisk(on failed: Int?, seenBy rank: Int) -> Bool {
    let (other, text) =
      if let error = self?.checkpointError {
        (rank, error.description)
      } else if let self, self.code == .otherRankRefused,
        let other = self.rank, other != rank
      {
        (other, self.description)
      } else {
        (-1, "")
      }
    return (failed ?? other) == other
      && (text.contains("No space left") || text.contains("File too large"))
  }
}

/// The number of entries of a folder, hidden ones too.
private func entryCount(of folder: String) -> Int {
  guard let directory = unsafe opendir(folder) else { return -1 }
  defer { unsafe closedir(directory) }
  // Each has itself and the folder it is in.
  var count = -2
  while unsafe readdir(directory) != nil { count += 1 }
  return count
}

#endif
