//===--- Job.swift - processes that mpirun starts -------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
import Foundation
import TestSupport
import Testing

/// A job of several ranks on this machine.
struct Job {
  let process = Process()
  private let pipe = Pipe()

  /// Starts a program on some ranks: `MPIProcess`, unless another is named.
  ///
  /// The launcher must be that of the library the tests were built with:
  /// `ADEMAMIX_MPIRUN`, or `mpirun`.
  init(ranks: Int, _ arguments: String...) throws {
    try self.init(ranks: ranks, arguments: arguments)
  }

  init(
    ranks: Int, program: String = "MPIProcess", arguments: [String]
  ) throws {
    var environment = ProcessInfo.processInfo.environment
    // More ranks than processors, and by root: what Open MPI must be told, and
    // MPICH does anyway.
    environment["OMPI_MCA_rmaps_base_oversubscribe"] = "1"
    environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
    environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    process.environment = environment
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      [
        environment["ADEMAMIX_MPIRUN"] ?? "mpirun", "-np", "\(ranks)",
        try builtProgram(program).path(),
      ] + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    // What mpirun says of a job that fails is no news to a test.
    process.standardError = FileHandle.nullDevice
    try process.run()
  }

  /// What the ranks print, line by line, once the job has ended.
  func end() throws -> (status: CInt, lines: [String]) {
    let printed = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, lines(of: printed))
  }

  /// Waits until as many ranks have said which process they are.
  func processes(_ count: Int) -> [pid_t] {
    var printed = Data()
    while true {
      let more = pipe.fileHandleForReading.availableData
      printed += more
      // A line that has not ended may have half of a number.
      let end = printed.lastIndex(of: UInt8(ascii: "\n")) ?? printed.startIndex
      let processes = lines(of: printed[..<end]).compactMap {
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

/// Runs a scenario in which each rank checks what it sees.
func expectRight(ranks: Int, _ scenario: String...) throws {
  let (status, lines) = try Job(ranks: ranks, arguments: scenario).end()
  let wrong = lines.filter { $0.hasPrefix("wrong") }
  #expect(wrong.isEmpty, "\(wrong)")
  #expect(lines.filter { $0.hasSuffix(" right") }.count == ranks, "\(lines)")
  #expect(status == 0)
}

#endif
