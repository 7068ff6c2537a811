//===--- CheckpointProcess.swift - what tests do to a process that saves --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

// Run by the tests:
//
//     CheckpointProcess train FOLDER STEPS     trains, saving beside it
//     CheckpointProcess pause FOLDER STEPS     trains, pausing for saves
//     CheckpointProcess memory FILE COUNT      prints what saves and loads need

import AdEMAMix
import AdEMAMixCheckpoints
import Glibc
import TestSupport

@main struct CheckpointProcess {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 4, let number = Int(arguments[3]) else {
      exit(64)
    }
    switch arguments[1] {
    case "train": try train(arguments[2], steps: number, inBackground: true)
    case "pause": try train(arguments[2], steps: number, inBackground: false)
    case "memory": try measureMemory(arguments[2], count: number)
    default: exit(64)
    }
  }

  /// Goes on from the newest checkpoint, and saves one at the end.
  private static func train(
    _ folder: String, steps: Int, inBackground: Bool
  ) throws {
    var parameters: [Float] = ninths(3000)
    var optimizer = try AdEMAMix<Float>(
      [
        ParameterGroup(
          "all", sizes: [2000, 1000],
          Hyperparameters(
            learningRate: .cosineDecay(from: 0.01, over: steps), beta2: 0.95
          ).warmingUp(over: steps))
      ], threads: 1)
    optimizer.options.accumulation = .mean(over: 2)
    var average = try ParameterAverage(of: parameters, decay: 0.95, threads: 1)
    var checkpoints = try CheckpointManager<Float>(
      in: folder, every: 3, keepingLast: 2, inBackground: inBackground)
    let resumed = try checkpoints.resume(
      &optimizer, parameters: &parameters, average: &average)
    // The run needs one number beside the state: the batches that it has seen.
    var batch = resumed.flatMap { Int($0.metadata["batch"] ?? "") } ?? 0
    while optimizer.stepCount < steps {
      let gradients = smallIntegers(parameters.count, call: batch).map {
        Float($0) / 7 - 0.6
      }
      let report = try optimizer.step(&parameters, gradients: gradients)
      batch += 1
      // Gradients take time: saves end before the next is due.
      usleep(300)
      try average.update(with: parameters, after: report)
      try checkpoints.saveIfDue(
        optimizer, parameters: parameters, average: average,
        metadata: ["batch": "\(batch)"])
    }
    try checkpoints.save(
      optimizer, parameters: parameters, average: average,
      metadata: ["batch": "\(batch)"])
  }

  /// Prints by how many KiB the peak of the process's memory grew, beyond what
  /// the loaded optimizer itself takes.
  private static func measureMemory(_ path: String, count: Int) throws {
    let parameters = [Float](repeating: 1, count: count)
    let optimizer = try AdEMAMix<Float>([
      ParameterGroup("all", sizes: [count], Hyperparameters(learningRate: 0.1))
    ])
    let before = peakKibibytes()
    try optimizer.save(to: path, parameters: parameters)
    let saved = peakKibibytes()
    let loaded = try Checkpoint<Float>(path).optimizer()
    let growth = peakKibibytes() - saved - loaded.stateByteCount >> 10
    // Both are alive until here.
    print(saved - before, growth, optimizer.stepCount + loaded.stepCount)
  }
}
