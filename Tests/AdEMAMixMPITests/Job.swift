//===--- Job.swift - processes that mpirun starts -------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import Foundation
import TestSupport
import Testing

/// A job of several ranks on this machine, which ends with its owner.
struct Job: ~Copyable {
  /// The statuses of a job that took too long: `timeout` has one of its own,
  /// and one for a job that it had to kill.
  static let overdueStatuses: [CInt] = [124, 137]

  private let process = Process()
  private let pipe = Pipe()

  /// Starts a program on some ranks: `MPIProcess`, unless another is named.
  ///
  /// The launcher must be that of the library the tests were built with:
  /// `ADEMAMIX_MPIRUN`, or `mpirun`.
  /// `seconds` is what the job may take: it is asked to end then, and killed if
  /// it has not 5 s later.
  init(
    ranks: Int, within seconds: Int = 150, program: String = "MPIProcess",
    _ arguments: [String]
  ) throws {
    let launcher =
      ProcessInfo.processInfo.environment["ADEMAMIX_MPIRUN"] ?? "mpirun"
    try self.init(
      within: seconds,
      command: [launcher, "-np", "\(ranks)", try builtProgram(program).path()]
        + arguments)
  }

  /// Starts a command that starts ranks.
  init(within seconds: Int, command: [String]) throws {
    var environment = ProcessInfo.processInfo.environment
    // Open MPI must be told, up to version 4 and from 5 on, to start more ranks
    // than processors, and by root. MPICH does so anyway.
    environment["OMPI_MCA_rmaps_base_oversubscribe"] = "1"
    environment["PRTE_MCA_rmaps_default_mapping_policy"] = ":oversubscribe"
    environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
    environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    process.environment = environment
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      [
        // Foundation's children may have signals blocked, that of asking too.
        "--default-signal", "timeout", "--kill-after=5", "\(seconds)",
      ] + command
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    // A test reads the status, not the words of mpirun about a job that fails.
    process.standardError = FileHandle.nullDevice
    try process.run()
  }

  init(ranks: Int, within seconds: Int = 150, _ arguments: String...) throws {
    try self.init(ranks: ranks, within: seconds, arguments)
  }

  deinit {
    // A test that throws leaves its job behind.
    if process.isRunning { process.terminate() }
  }

  /// The status, and the lines that the ranks print, once the job has ended.
  func end() throws -> (status: CInt, lines: [String]) {
    let printed = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let status = process.terminationStatus
    // As shells do.
    let isKilled = process.terminationReason == .uncaughtSignal
    return (isKilled ? 128 + status : status, lines(of: printed))
  }

  /// Waits until as many ranks have said which process they are: in the order
  /// of the ranks, if the ranks have said which they are.
  func processes(_ count: Int) -> [pid_t] {
    var printed = Data()
    while true {
      let more = pipe.fileHandleForReading.availableData
      printed += more
      // A line that has not ended may have half of a number.
      let end = printed.lastIndex(of: UInt8(ascii: "\n")) ?? printed.startIndex
      let processes = lines(of: printed[..<end]).sorted().compactMap {
        $0.split(separator: " ").last.flatMap { pid_t($0) }
      }
      if processes.count >= count || more.isEmpty { return processes }
    }
  }

  private func lines(of printed: Data) -> [String] {
    String(decoding: printed, as: UTF8.self).split(separator: "\n")
      .map(String.init)
  }
}

/// Waits until no process is there any more.
///
/// - Parameters:
///   - processes: The processes.
///   - bound: The longest time.
/// - Returns: Whether all processes have ended within that time.
func areGone(_ processes: [pid_t], within bound: Duration) -> Bool {
  let end = ContinuousClock.now + bound
  while processes.contains(where: { kill($0, 0) == 0 }) {
    if .now > end { return false }
    Thread.sleep(forTimeInterval: 0.01)
  }
  return true
}

/// Runs a scenario in which each rank checks what it sees.
func expectRight(ranks: Int, _ scenario: String...) throws {
  try expectRight(Job(ranks: ranks, scenario), ranks: ranks, "\(scenario)")
}

/// Runs a scenario that a job of so many ranks was started with.
func expectRight(
  _ job: consuming Job, ranks: Int, _ scenario: String
) throws {
  let (status, lines) = try job.end()
  let wrong = lines.filter { $0.hasPrefix("wrong") }
  #expect(wrong.isEmpty, "\(wrong)")
  #expect(
    !Job.overdueStatuses.contains(status),
    "\(scenario) on \(ranks) ranks took too long, and was ended")
  #expect(lines.filter { $0.hasSuffix(" right") }.count == ranks, "\(lines)")
  #expect(status == 0)
}

#endif
