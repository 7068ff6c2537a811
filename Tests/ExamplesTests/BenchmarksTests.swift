//===--- BenchmarksTests.swift - the benchmark, shortly -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Foundation
import TestSupport
import Testing

@Suite struct `The benchmark` {
  @Test func `begins with the state of a training loop`() throws {
    let run = try BenchmarkRun(
      "--count", "500", "--scalar", "Float", "--threads", "1", "--gap", "1")
    #expect(run.status == 0 && run.complaints.isEmpty)
    #expect(
      run.titles == [
        "Float, 500 parameters, in a training loop",
        "Float, 500 parameters",
      ])
    let states = ["loop", "repeated"].map { state in
      run.rows.filter { $0["state"] as? String == state }
    }
    #expect(states.map(\.count) == [4, 4])
    for (loop, repeated) in zip(states[0], states[1]) {
      let engine = try #require(loop["engine"] as? String)
      #expect(engine == repeated["engine"] as? String)
      // Memory is 100 times as far as the first cache.
      #expect(try run.least(loop) > 2 * run.least(repeated), "\(engine)")
    }
  }

  @Test func `says on which machine it ran, and how it was built`() throws {
    let start = Date.now
    let run = try BenchmarkRun(
      "--count", "1k", "--scalar", "Float", "--threads", "1", "--gap", "3",
      "--gap-threads", "all")
    let row = try #require(run.rows.first)
    for name in ["machine", "openBLASVersion", "openBLASCore"] {
      #expect((row[name] as? String)?.isEmpty == false, "\(name)")
    }
    #expect(row["processors"] as? Int == availableProcessorCount())
    let date = try Date(
      try #require(row["date"] as? String), strategy: .iso8601)
    // The text has no fractions of seconds.
    #expect(date > start - 1 && date <= Date.now)
    let compiler = try #require(row["swiftCompiler"] as? String)
    #expect(compiler.first?.isNumber == true && compiler.contains("swift"))
    let gap = try #require(row["gap"] as? [String: Any])
    #expect(gap["milliseconds"] as? Double == 3)
    #expect(gap["threads"] as? String == "all")
    #expect(gap["byteCount"] as? Int ?? 0 > 1 << 20)
  }

  @Test func `leaves each gap as long as it is asked to`() throws {
    let clock = ContinuousClock()
    let time = try clock.measure {
      let run = try BenchmarkRun(
        "--count", "1k", "--scalar", "Float", "--engine", "naive",
        "--threads", "1", "--state", "loop", "--gap", "200")
      #expect(run.status == 0 && run.rows.count == 1)
    }
    // The naive loop and both forms of the ceiling, in 3 rounds and before.
    #expect(time > .milliseconds(3 * 4 * 200))
  }

  @Test func `runs the kernels of each instruction set`() throws {
    let sets = InstructionSet.available.map { "\($0)" }
    // In a cache, wide instructions take half the time of the baseline. Other
    // programs may slow down all rounds of one of them, but hardly three times.
    let isFaster = try (0..<3).contains { _ in
      let run = try BenchmarkRun(
        ["--count", "16k", "--scalar", "Float", "--threads", "1", "--state"]
          + ["repeated", "--engine", "fused", "--instruction-set"] + sets)
      #expect(run.status == 0 && run.complaints.isEmpty)
      #expect(
        run.rows.map { $0["instructionSet"] as? String } == sets.reversed())
      let (widest, baseline) = try (
        #require(run.rows.first), #require(run.rows.last)
      )
      return try sets.count == 1
        || run.least(baseline) > 1.2 * run.least(widest)
    }
    #expect(isFaster)
  }

  @Test(arguments: InstructionSet.allCases)
  func `refuses instructions that the processor lacks`(
    set: InstructionSet
  ) throws {
    let isThere = InstructionSet.available.contains(set)
    let run = try BenchmarkRun(
      "--count", "1", "--scalar", "Float", "--threads", "1", "--state",
      "repeated", "--engine", "fused", "--instruction-set", "\(set)")
    #expect(run.status == (isThere ? 0 : 64))
    #expect(
      run.complaints.contains("--instruction-set \(set): this processor")
        == !isThere)
  }

  @Test func `keeps lines of tables within 80 columns`() throws {
    let sets = InstructionSet.available.map { "\($0)" }
    let run = try BenchmarkRun(
      ["--tensors", "--options", "--storage", "--count", "1k", "--threads"]
        + ["1000", "--instruction-set"] + sets)
    #expect(run.status == 0 && run.complaints.isEmpty)
    // GPT-2 small of both types, and for each set options and storage.
    #expect(run.titles.count == 2 + 2 * sets.count)
    let lines = run.printed.split(separator: "\n")
    #expect(lines.filter { $0.count > 80 || $0.last == " " } == [])
    #expect(run.rows.allSatisfy { $0["state"] as? String == "repeated" })
  }

  @Test func `measures other steps in a loop on request`() throws {
    let run = try BenchmarkRun(
      "--storage", "--count", "1k", "--threads", "1", "--state", "loop",
      "--gap", "0")
    #expect(
      run.titles == [
        "Smaller state, Float, 1,000 parameters, in a training loop"
      ])
    #expect(
      !run.rows.isEmpty
        && run.rows.allSatisfy { $0["state"] as? String == "loop" })
  }

  @Test(arguments: [
    ("--instruction-set sse2", "'baseline', 'avx2' or 'avx512'"),
    ("--state idle", "'loop' and 'repeated'"),
    ("--state loop --checkpoints", "checkpoints have no steps"),
    ("--gap", "Missing value"), ("--gap -1", "must be positive"),
    ("--gap nan", "must be 0"), ("--gap 20000", "must be 0"),
    ("--gap-threads 3", "'one' and 'all'"),
    ("--gap 5 --state repeated", "nothing is measured in a loop"),
    ("--gap-threads one --storage", "nothing is measured in a loop"),
  ])
  func `says which argument it cannot use`(
    arguments: String, complaint: String
  ) throws {
    let run = try BenchmarkRun(
      arguments.split(separator: " ").map(String.init))
    #expect(run.status == 64 && run.printed.isEmpty && run.rows.isEmpty)
    #expect(run.complaints.contains(complaint))
  }
}

@Suite struct `The environment of a report` {
  @Test func `names what decides bits and speed, and nothing of the user`()
    throws
  {
    let run = try ProgramRun(
      "Benchmarks", ["environment"], in: TemporaryFolder())
    #expect(run.status == 0 && run.complaints.isEmpty)
    let names = run.printed.split(separator: "\n").map {
      $0.prefix { $0 != ":" }
    }
    #expect(
      names.prefix(8) == [
        "system", "Swift", "build", "processor", "processors", "caches",
        "kernels", "BLAS",
      ])
    #expect(run.printed.contains("\(BLASBuild.current)"))
    #expect(run.printed.contains("kernels:      \(InstructionSet.widest)"))
    #expect(run.printed.contains("variable:     ADEMAMIX_KEEP_DEBUG=1"))
    #expect(!run.printed.contains(ProcessInfo.processInfo.hostName))
  }
}
