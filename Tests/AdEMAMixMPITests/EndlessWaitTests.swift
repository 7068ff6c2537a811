//===--- EndlessWaitTests.swift - waits that end at a limit ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import Foundation
import Testing

@Suite(.serialized) struct `A wait for other ranks` {
  /// In seconds: several time slices of all processes that a busy machine may
  /// have beside the ranks.
  private static let limit = 3.0

  @Test(.timeLimit(.minutes(1)))
  func `goes on for ranks that are late by less than the limit`() throws {
    try expectRight(ranks: 3, "limit", "slow", "\(Self.limit)")
  }

  @Test(.timeLimit(.minutes(1)))
  func `goes on for a rank whose open step takes longer`() throws {
    try expectRight(ranks: 3, "limit", "open", "\(Self.limit)")
  }

  @Test(.timeLimit(.minutes(1)), arguments: ["late", "leaving"])
  func `ends at the limit, and names the rank that is missing`(
    absence: String
  ) throws {
    let waits = try waits(inVain: absence)
    #expect(waits.map(\.rank) == [0, 1, 2])
    #expect(waits.allSatisfy { $0.missing == "[2]" }, "\(waits)")
    #expect(waits.prefix(2).allSatisfy { $0.isAtLimit }, "\(waits)")
  }

  @Test(.timeLimit(.minutes(1)))
  func `ends where ranks make different calls`() throws {
    let waits = try waits(inVain: "elsewhere")
    #expect(waits.map(\.rank) == [0, 1, 2])
    // As a rank sees it that gives up, and tells the others.
    #expect(
      waits.allSatisfy { ["[2]", "[0, 1]"].contains($0.missing) }, "\(waits)")
    #expect(waits.allSatisfy { $0.isAtLimit }, "\(waits)")
  }

  @Test(
    .timeLimit(.minutes(1)),
    arguments: [("lost", 0), ("lost", 2), ("lost-large", 1)])
  func `ends at the limit when a rank is stopped`(
    absence: String, rank: Int
  ) throws {
    // Open MPI's launcher lets a stopped process go on so that it can end it.
    // The process may then find its own wait at the limit.
    let waits = try waits(inVain: absence) { kill($0[rank], SIGSTOP) }
      .filter { $0.rank != rank }
    #expect(waits.map(\.rank) == [0, 1, 2].filter { $0 != rank })
    #expect(waits.allSatisfy { $0.missing == "[\(rank)]" }, "\(waits)")
    #expect(waits.allSatisfy { $0.isAtLimit }, "\(waits)")
  }

  /// Runs ranks of which some wait in vain.
  ///
  /// - Parameters:
  ///   - absence: The way in which the last rank leaves the others.
  ///   - body: Takes the processes by rank, once all make steps.
  /// - Returns: The waits that ended at the limit, by rank.
  /// - Throws: The errors of processes that cannot be started.
  private func waits(
    inVain absence: String, _ body: ([pid_t]) -> Void = { _ in }
  ) throws -> [Wait] {
    let job = try Job(ranks: 3, "limit", absence, "\(Self.limit)")
    let processes = job.processes(3)
    try #require(processes.count == 3)
    // In the middle of a step, or between two.
    Thread.sleep(forTimeInterval: .random(in: 0...0.05))
    body(processes)
    let (status, lines) = try job.end()
    #expect(status != 0 && !Job.overdueStatuses.contains(status))
    let wrong = lines.filter { $0.hasPrefix("wrong") }
    #expect(wrong.isEmpty, "\(wrong)")
    // Stopped processes too.
    #expect(areGone(processes, within: .seconds(20)))
    return lines.compactMap { Wait($0, limit: Self.limit) }
      .sorted { $0.rank < $1.rank }
  }
}

/// A wait that a rank has given up.
private struct Wait {
  let rank: Int
  let seconds: Double
  let missing: String
  let limit: Double

  /// Reads a line, if the line is about such a wait.
  init?(_ line: String, limit: Double) {
    guard
      let match = line.wholeMatch(
        of: /rank (\d+) gave up after ([\d.]+) s, missing (.*), communication/),
      let rank = Int(match.1), let seconds = Double(match.2)
    else { return nil }
    self.rank = rank
    self.seconds = seconds
    self.limit = limit
    missing = String(match.3)
  }

  /// Whether the wait took the limit, or half of it more where all ranks have
  /// answered. Five more seconds are for a busy machine.
  ///
  /// A rank may have begun to wait later than the one that gives up first.
  var isAtLimit: Bool { (limit / 2...limit * 1.5 + 5).contains(seconds) }
}

#endif
