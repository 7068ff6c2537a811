//===--- Benchmarks.swift - the command -----------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import ArgumentParser
import Commands
import Glibc

/// Measures the engines beside a naive loop and what memory allows.
@main
struct Benchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "Benchmarks",
    abstract:
      "Times an AdEMAMix step beside a naive loop and what memory allows.",
    discussion: """
      For each scalar type and size, all engines and thread counts are timed in \
      turn, round after round, so that their ratios hold on a busy machine. \
      Times are medians of the rounds.

      naive    a plain Swift loop, one element at a time
      blas     the engine that works through CBLAS
      fused    the engine that makes one pass in C
      ceiling  a loop that reads and writes the same memory and only adds

      GB/s counts the 9 values that a step moves for each parameter: 5 reads and \
      4 writes. "x naive" is the speed over the naive loop on one thread, \
      "x ceiling" the time over the ceiling's on as many threads, "x flat" the \
      time over one buffer of the same total. Naive and ceiling are measured \
      even where they are not selected, since the ratios need them.

      Flat buffers are measured in two states. In a training loop, other work \
      comes before each step: it reads and writes more memory than the largest \
      cache holds (256 MiB at most), once and on until the time of --gap is \
      over. Threads sleep meanwhile, and the caches hold other memory. Step \
      after step, threads are awake, and what fits into the caches is there. \
      Naive and ceiling are in the same state as the engines. All else is \
      measured step after step, unless --state says otherwise.

      --instruction-set chooses the instructions of the library's own loops. \
      OpenBLAS chooses its own.

      Options of a step are timed beside a plain step, in a table of their own: \
      "x plain" is the time over that of the plain step, of the same engine on as \
      many threads. The limits of clipping are such that every gradient is clipped.

      Checkpoints are timed beside the least that moves the same bytes: a write \
      and fsync, a read into new memory in one call, a memcpy into memory that \
      is in use. "of plain" is the speed over that of the first of each group. \
      Plain transfers take new huge pages where the optimizer does. From the \
      device means that this system has forgotten the file. A system below this \
      one may still have it in memory.

      Smaller state is timed beside the ceiling of Float, which no step on Float \
      moments can be far below, and a step on Float: "x Float" is the time over \
      the time of that step.

      `Benchmarks report` makes a page with charts, also of files that --json \
      has written. `Benchmarks environment` prints what a report of a problem \
      needs. With MPI, `Benchmarks ranks` times a step on several processes. \
      Each has its own --help.

      Without --count, --tensors, --options, --storage and --checkpoints, all \
      default sizes, the tensor list, the options and the smaller state are \
      measured. Sizes that do not fit into the available memory or on the disk \
      are skipped, and the tensor list is shrunk.
      """)

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Measure flat buffers of these sizes, such as 16000, 16k or 8M.",
      valueName: "parameters"),
    transform: ParameterCount.init(argument:))
  var count: [ParameterCount] = []

  @Flag(
    help: """
      Measure the 148 tensors of GPT-2 small, each at an address of its own, \
      and one buffer of the same total. Leaves out flat buffers unless --count \
      asks for some.
      """)
  var tensors = false

  @Flag(
    help: """
      Measure what the options of a step cost, as Float unless --scalar asks \
      for others, on flat buffers of 8M (with --quick 1M) or the sizes that \
      --count asks for, which are left out otherwise.
      """)
  var options = false

  @Flag(
    help: """
      Measure the fused engine on moments in fewer bits and gradients in \
      bfloat16, of 32M parameters (with --quick 4M) or the sizes that --count \
      asks for. Flat buffers of these sizes are left out.
      """)
  var storage = false

  @Flag(
    help: """
      Measure checkpoints and copies of the state, of 32M parameters (with \
      --quick 4M) as Float, or the sizes and types that --count and --scalar \
      ask for. Flat buffers of these sizes are left out.
      """)
  var checkpoints = false

  @Option(
    help: ArgumentHelp(
      "Write checkpoints to this folder. Nothing is left there.",
      valueName: "folder"))
  var folder = "."

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Run on this many threads. (default: 1 and all processors)",
      valueName: "threads"))
  var threads: [Int] = []

  @Option(
    parsing: .upToNextOption,
    help: "Show these engines. (default: all)")
  var engine: [EngineName] = []

  @Option(
    parsing: .upToNextOption,
    help: "Measure these scalar types. (default: both)")
  var scalar: [ScalarName] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Run kernels of these instruction sets. (default: the widest)",
      valueName: "set"))
  var instructionSet: [InstructionSet] = []

  @Option(
    help: """
      Measure steps in this state alone. (default: both for flat buffers, \
      repeated for the rest)
      """)
  var state: StepState?

  @Option(
    help: ArgumentHelp(
      """
      The least time of the other work before a step of a training loop. \
      (default: \(defaultGap))
      """,
      valueName: "ms"))
  var gap: Double?

  @Option(
    help: """
      The threads of that work. (default: one, as if the loop had no parallel \
      part but the step)
      """)
  var gapThreads: GapThreads?

  @Option(
    help: ArgumentHelp(
      "Also write the results to a file, as an array of objects.",
      valueName: "file"))
  var json: String?

  @Flag(help: "Take less than 20 seconds: fewer rounds, nothing above 4M.")
  var quick = false

  static func main() {
    // `ranks`, `report` and `environment` are no subcommands: the parser would
    // take the options of a subcommand for those of this command.
    let arguments = CommandLine.arguments.dropFirst()
    if arguments.first == "ranks" {
      #if MPI
      return Ranks.main(Array(arguments.dropFirst()))
      #else
      exit(withError: missingMPI("scripts/mpi bench"))
      #endif
    }
    if arguments.first == "report" {
      return Report.main(Array(arguments.dropFirst()))
    }
    if arguments.first == "environment" {
      return Environment.main(Array(arguments.dropFirst()))
    }
    // The parser takes negative numbers for options, and tells of a missing
    // value.
    if let negative = CommandLine.arguments.first(where: isNegative) {
      exit(
        withError: ValidationError(
          "\(negative): sizes, thread counts and gaps must be positive."))
    }
    main(nil)
  }

  private static func isNegative(_ argument: String) -> Bool {
    argument.hasPrefix("-") && argument.dropFirst().first?.isNumber == true
  }

  /// Milliseconds: a forward and a backward pass of a small model.
  private static let defaultGap = 5.0

  func validate() throws {
    for set in instructionSet where !InstructionSet.available.contains(set) {
      throw ValidationError(
        "--instruction-set \(set): this processor has none wider than "
          + "\(InstructionSet.widest).")
    }
    if let gap { try require("gap", gap, in: 0...10_000) }
    if let state, checkpoints && !tensors && !options && !storage {
      throw ValidationError("--state \(state): checkpoints have no steps.")
    }
    for threads in threads where !(1...1024).contains(threads) {
      throw ValidationError("--threads \(threads): it must be 1 to 1024.")
    }
    if options && !engine.isEmpty && engine.allSatisfy({ $0 == .ceiling }) {
      throw ValidationError("--options: the ceiling has none.")
    }
    if checkpoints { try ScratchFolder(path: folder).checkIsWritable() }
    if let json { try requireWritable("--json", json) }
  }

  func run() throws {
    try rerunInReleaseIfNeeded(
      Self._commandName, because: "where times mean nothing")
    let rows = try measured()
    if let json { try JSONFile(path: json).write(rows) }
  }

  /// Measures what the options ask for, and prints the tables.
  ///
  /// - Returns: The objects of a file.
  func measured() throws -> [JSONRow] {
    let processors = availableProcessorCount()
    let request = Request(
      counts: count.map(\.value),
      flags: [
        TensorsScenario.name: tensors, OptionsScenario.name: options,
        StorageScenario.name: storage, CheckpointsScenario.name: checkpoints,
      ],
      scalars: scalar, engines: engine,
      threads: threads.isEmpty ? [1, processors] : threads,
      instructionSets: instructionSet.isEmpty ? [.widest] : instructionSet,
      state: state, gap: chosenGap, folder: ScratchFolder(path: folder),
      effort: quick ? .quick : .full)
    let plan = try Plan(request, availableBytes: Machine.availableBytes())
    let hasGaps = plan.scenarios.contains { $0.state == .loop }
    if !hasGaps && !plan.scenarios.isEmpty && (gap != nil || gapThreads != nil)
    {
      throw ValidationError(
        "--gap and --gap-threads: nothing is measured in a loop. Add --state "
          + "loop.")
    }
    print(Machine.summary(processors: processors), terminator: "\n\n")
    for note in plan.notes { print(note, terminator: "\n\n") }
    if plan.scenarios.isEmpty {
      throw ValidationError("No size fits into the memory and on the disk.")
    }
    flush()

    if hasGaps {
      print("In a training loop, before each step: \(request.gap).\n")
    }
    let progress = BenchmarkProgress(
      plan.scenarios.map { $0.expectedSeconds(request.effort, request.gap) })
    let facts = RunFacts(processors: processors, gap: request.gap)
    var rows: [JSONRow] = []
    for scenario in plan.scenarios {
      let report = try scenario.report(request.effort, request.gap, progress)
      progress.clear()
      print(report.table)
      flush()
      rows += report.rows.map { JSONRow(facts: facts, result: $0) }
    }
    return rows
  }

  private var chosenGap: Gap {
    Gap(
      milliseconds: gap ?? Self.defaultGap, threads: gapThreads ?? .one,
      cacheByteCount: Machine.lastCacheByteCount())
  }

  /// Sends the printed text on its way, even if the output is a pipe.
  private func flush() { _ = fflush(nil) }
}
