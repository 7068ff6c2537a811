//===--- Ranks.swift - one run by several processes, and by one -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import ArgumentParser
import Commands
import Foundation
import Layers
import Numerals

/// Makes one run on all ranks of MPI, and then on one process.
struct Ranks: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains one model on several processes, which mpirun starts.",
    discussion: """
      Each rank computes the gradient of its share of a batch, and keeps its \
      shard of the optimizer's state. Rank 0 then makes the same run alone, with \
      the same batches. The losses of both runs differ by rounding alone.

      After SIGTERM or SIGUSR1 all ranks save the run and end with status 75.
      """)

  @Option(help: "The number of steps.")
  var steps = 800
  @Option(help: "The sequences of a batch, a multiple of the number of ranks.")
  var batch = RunSettings.defaultSequences
  @Option(help: "The steps from one evaluation and checkpoint to the next.")
  var interval = 100
  @Flag(help: "Whether each rank keeps the whole state.")
  var replicated = false
  @Flag(
    inversion: .prefixedNo, help: "Whether rank 0 then makes the run alone.")
  var alone = true
  @Flag(
    help: "Whether gradients are sent while the backward pass goes on.")
  var overlap = false
  @Option(help: "The type in which gradients are sent: float or bfloat16.")
  private var wire = WireType.float
  @Flag(help: "Whether the times of a step's parts are printed.")
  var timing = false
  @OptionGroup var options: RunOptions
  @Option(
    help: """
      The folder of the curve and checkpoints, which all ranks must see. Started \
      again, with any number of ranks, the run goes on from the newest checkpoint.
      """)
  var output: String?
  @Option(help: "The seconds for which a rank waits for the others.")
  var limit = 1_800

  func validate() throws {
    try require("steps", steps, in: 1...10_000_000)
    try require("batch", batch, in: 1...65_536)
    try require("interval", interval, in: 1...10_000_000)
    try require("limit", limit, in: 1...1_000_000)
    guard options.weights == .scalar else {
      throw ValidationError(
        "--weights \(options.weights): it must be scalar with ranks.")
    }
  }

  func run() throws {
    // Each rank has one processor.
    useThreads(1)
    let corpus = try options.model.corpus()
    var settings = options.settings(corpus, steps: steps)
    settings.sequences = batch
    settings.evaluationInterval = interval

    EndRequest.listen()
    let environment = try MPIEnvironment(waitingLimit: .seconds(limit))
    let job = try environment.world()
    let world = try environment.world()
    let isFirst = world.rank == 0
    do { try check(ranks: world.size) } catch {
      // All ranks find the same error, and rank 0 reports it. If another rank
      // ended with an error, mpirun could end rank 0 before it does.
      try environment.finalize()
      if isFirst { throw error }
      return
    }
    let together = try trainOrAbort(settings, corpus, on: world, of: job)
    // The other ranks end here. Ranks that wait in a call of MPI would keep
    // their processors busy during the run of rank 0.
    try environment.finalize()
    if together.isEarly {
      if isFirst {
        print("saved after step \(grouped(together.step)), as asked")
      }
      throw ExitCode(EndRequest.status)
    }
    guard isFirst else { return }
    print("together: \(together.description)")
    guard alone else { return }
    var run = try TrainingRun(settings, corpus)
    try run.follow("alone", isShown: true)
    let single = RunEnd(run)
    print("alone: \(single.description)")
    print("difference: \(together.difference(from: single))")
  }

  /// Checks the options against the number of ranks.
  ///
  /// - Throws: `ValidationError` for a batch that the ranks cannot share, or a
  ///   model that is too large.
  private func check(ranks: Int) throws {
    guard batch.isMultiple(of: ranks) else {
      throw ValidationError(
        "--batch \(batch): it must be a multiple of the \(ranks) ranks.")
    }
    try options.model.requireMemory(
      forSequences: alone ? batch : batch / ranks)
  }

  /// Trains, or ends the whole job if MPI has failed or a rank waits in vain.
  private func trainOrAbort(
    _ settings: RunSettings, _ corpus: Corpus,
    on world: consuming MPICommunicator, of job: borrowing MPICommunicator
  ) throws -> RunEnd {
    do { return try train(settings, corpus, on: world) } catch {
      guard let error = error as? DistributedError,
        error.code == .communication
      else { throw error }
      // MPI may wait for ever in a process that ends in another way.
      FileHandle.standardError.write(
        Data("rank \(job.rank): \(error)\n".utf8))
      job.abort()
    }
  }

  private func train(
    _ settings: RunSettings, _ corpus: Corpus,
    on world: consuming MPICommunicator
  ) throws -> RunEnd {
    let (rank, size) = (world.rank, world.size)
    let folder = try output.map {
      try RunFolder($0, settings, extending: options.extend)
    }
    var run = try TrainingRun(
      settings, corpus, on: world, replicated ? .replicated : .sharded,
      GradientSending(overlaps: overlap, isNarrow: wire == .bfloat16),
      folder: folder)
    let state = run.worker.stateByteCount
    let total = try run.worker.totalStateByteCount()
    if rank == 0 {
      print(
        "ranks: \(size); sequences on each: \(batch / size) of \(batch); "
          + "\(grouped(run.parameters.count)) parameters; "
          + "\(grouped(state)) bytes of state on this rank, "
          + "\(grouped(total)) on all; from step \(run.stepCount)")
    }
    try run.follow("together", isShown: rank == 0)
    let times = try run.worker.meanTimes(backward: run.backwardTime)
    if timing, rank == 0 {
      let texts = times.map { "\($0.name) \($0.time.text(decimals: 1))" }
      print("ms a step, mean of ranks: \(texts.joined(separator: ", "))")
    }
    return RunEnd(run)
  }
}

/// The types in which gradients are sent, by name.
private enum WireType: String, ExpressibleByArgument, CaseIterable {
  case float, bfloat16
}
#else
import ArgumentParser
import Commands

/// Refuses the command, with the script that builds the program with MPI.
struct Ranks: ParsableCommand {
  static let configuration = CommandConfiguration(shouldDisplay: false)

  @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

  func validate() throws { throw missingMPI("scripts/mpi run") }
}
#endif
