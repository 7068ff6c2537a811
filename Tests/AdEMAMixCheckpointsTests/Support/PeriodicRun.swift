//===--- PeriodicRun.swift - a run with checkpoints every so many steps ---===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import TestSupport
import Testing

/// A training loop in a folder, saved every few steps.
struct PeriodicRun: ~Copyable {
  var optimizer: AdEMAMix<Float>
  var parameters: [Float]
  var average: ParameterAverage<Float>
  var checkpoints: CheckpointManager<Float>
  /// The steps at which a save has begun.
  private(set) var saves: [Int] = []

  init(
    in path: String, every interval: Int = 10, keepingLast keptCount: Int = 3,
    inBackground: Bool = false, count: Int = 1000
  ) throws {
    let parameters: [Float] = ninths(count)
    let optimizer = try AdEMAMix<Float>([
      ParameterGroup("all", sizes: [count], Hyperparameters(learningRate: 0.1))
    ])
    let average = try ParameterAverage(of: parameters, decay: 0.9)
    checkpoints = try CheckpointManager(
      in: path, every: interval, keepingLast: keptCount,
      inBackground: inBackground)
    self.parameters = parameters
    self.optimizer = optimizer
    self.average = average
  }

  /// Trains up to a step. In the background, each save may end before the next.
  mutating func train(to step: Int) throws {
    while optimizer.stepCount < step {
      let gradients = parameters.map { $0 + Float(optimizer.stepCount % 5) }
      try optimizer.step(&parameters, gradients: gradients)
      try average.update(with: parameters)
      try save()
    }
  }

  mutating func save() throws(CheckpointError) {
    let hasBegun = try checkpoints.saveIfDue(
      optimizer, parameters: parameters, average: average,
      metadata: ["step": "\(optimizer.stepCount)"])
    if hasBegun { saves.append(optimizer.stepCount) }
    if hasBegun { try checkpoints.finish() }
  }

  mutating func resume() throws(CheckpointError) -> LoadedCheckpoint? {
    try checkpoints.resume(
      &optimizer, parameters: &parameters, average: &average)
  }

  func state() throws -> RunState {
    try RunState(optimizer, parameters, average)
  }
}

/// The name of a checkpoint.
func fileName(_ step: Int) -> String {
  "step-" + String(repeating: "0", count: 9 - "\(step)".count)
    + "\(step).safetensors"
}

/// Changes the bytes of a file.
func damage(_ path: String, _ change: (inout [UInt8]) -> Void) throws {
  var bytes = try content(of: path)
  change(&bytes)
  try write(bytes, to: path)
}
