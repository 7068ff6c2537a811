//===--- RanksTests.swift - commands for ranks, with and without MPI ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Foundation
import TestSupport
import Testing

@Suite struct `The command for several processes` {
  #if MPI
  @Test func `refuses weights that ranks do not have`() throws {
    let run = try ProgramRun(
      "LanguageModel", ["ranks", "--weights", "split32"], in: TemporaryFolder())
    #expect(run.status == 64 && run.printed.isEmpty)
    #expect(run.complaints.contains("--weights split32: it must be scalar"))
  }
  #else
  @Test(arguments: [
    ("LanguageModel", "scripts/mpi run"), ("Benchmarks", "scripts/mpi bench"),
  ])
  func `says without MPI how it is built`(
    program: String, script: String
  ) throws {
    let (process, _) = try prepare(program, ["ranks", "--steps", "1"])
    let complaints = Pipe()
    process.standardError = complaints
    try process.run()
    let said = try complaints.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 64)
    #expect(
      String(decoding: said, as: UTF8.self).hasPrefix(
        "Error: 'ranks' needs a build with the package trait MPI: \(script)\n"))
  }
  #endif
}
