//===--- Ranks.swift - the command for several processes ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import ArgumentParser
import Commands
import Numerals

/// Measures a step on all ranks of MPI, and the parts that it is made of.
struct Ranks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "Benchmarks ranks",
    abstract: "Times a step on several processes, which mpirun starts.",
    discussion: """
      Steps and their parts are timed in turn, round after round. A round's time \
      is that of the slowest rank; what a step waits for is the mean over the \
      ranks. Shown are medians of the rounds.

      sharded     each rank keeps the moments of its shard, in chunks: while one \
      is worked on, others are communicated
      one chunk   the same with one chunk: communication and update take turns
      replicated  each rank keeps everything

      "hidden" is what a step takes less than its parts one after the other, as a \
      share of the shorter of communication and update: 100 % is all that \
      overlapping can hide. It is below 0 where they get in each other's way.
      """)

  @Option(
    help: "The number of parameters, such as 8M.",
    transform: ParameterCount.init(argument:))
  var count = ParameterCount(value: 32_000_000)

  @Option(help: "Their scalar type: Float or Double.")
  var scalar = ScalarName.float

  @Option(help: "The engine: blas or fused.")
  var engine = EngineName.fused

  @Option(help: "The threads of each rank.")
  var threads = 1

  @Option(
    help: "The most elements of a rank's piece in a chunk.",
    transform: ParameterCount.init(argument:))
  var piece: ParameterCount?

  @Option(help: "The number of rounds.")
  var rounds = 15

  @Option(
    help: ArgumentHelp(
      "Also write the results to a file, as an object.", valueName: "file"))
  var json: String?

  func validate() throws {
    try require("threads", threads, in: 1...1024)
    try require("rounds", rounds, in: 1...10_000)
    guard engine == .blas || engine == .fused else {
      throw ValidationError("--engine \(engine): it must be blas or fused.")
    }
    if let json { try requireWritable("--json", json) }
  }

  func run() throws {
    let environment = try MPIEnvironment()
    let world = try environment.world()
    let result =
      switch scalar {
      case .float: try measured(Float.self, on: world)
      case .double: try measured(Double.self, on: world)
      }
    if world.rank == 0 {
      print(Table(result), terminator: "")
      if let json { try JSONFile(path: json).write(result) }
    }
    try environment.finalize()
  }

  private func measured<Scalar: OptimizerScalar>(
    _: Scalar.Type, on world: borrowing MPICommunicator
  ) throws -> RankResult {
    var workload = try RankWorkload<Scalar>(
      count: count.value, on: world, engine: engine == .blas ? .blas : .fused,
      threads: threads, pieceCount: piece?.value)
    var clocks = RankClocks()
    // The first round is cold.
    for round in 0...rounds {
      try workload.run(on: world, &clocks)
      if round == 0 { clocks.clear() }
    }
    return RankResult(
      workload.setting(scalar: scalar, threads: threads),
      try clocks.times(on: world))
  }
}
#endif
