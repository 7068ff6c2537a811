//===--- Ranks.swift - one model, trained by several processes ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMixMPI
import ArgumentParser
import Commands
import Layers
import Numerals

/// Trains with all ranks of MPI, and then with one process.
struct Ranks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ranks",
    abstract: "AdEMAMix on several processes, which mpirun starts.",
    discussion: """
      Each rank computes the gradient of its share of a batch, and keeps its \
      shard of the optimizer's state. Rank 0 then trains the same model alone, \
      with the same batches: the losses differ by rounding.
      """)

  @Option(help: "How many steps.")
  var steps = 300

  @Option(help: "The images of a step: a multiple of the number of ranks.")
  var batch = 96

  @Option(help: "The neurons of each hidden layer.")
  var width = 128

  @Flag(help: "Whether each rank keeps the whole state.")
  var replicated = false

  func validate() throws {
    try require("steps", steps, in: 1...1_000_000)
    try require("batch", batch, in: 1...4_096)
    try require("width", width, in: 1...4_096)
  }

  func run() throws {
    useThreads(1)
    let images = try bundledImages().divided(seed: 0)
    let training = RankTraining(
      images: images.larger, layers: PerceptronLayers(width: width),
      steps: steps, batch: batch)
    let environment = try MPIEnvironment()
    let world = try environment.world()
    guard batch.isMultiple(of: world.size) else {
      throw ValidationError(
        "\(batch) images for \(world.size) ranks: it must be a multiple.")
    }
    let together = try training.run(
      on: world, replicated ? .replicated : .sharded)
    if world.rank == 0 {
      print(
        "\(world.size) ranks, \(grouped(together.parameters.count)) parameters, "
          + "\(grouped(together.stateByteCount)) bytes of state on this one")
      try training.report("together", together.parameters, images.rest)
      try training.report("alone", try training.runAlone(), images.rest)
    }
    try environment.finalize()
  }
}
#endif
