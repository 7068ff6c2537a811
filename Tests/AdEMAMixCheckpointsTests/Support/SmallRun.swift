//===--- SmallRun.swift - a run of four parameters, and its settings ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import TestSupport

/// All that code sets of a run.
struct SmallSettings {
  var group: ParameterGroup
  var options = StepOptions()
  var clock = StepClock.fromZero
  var engine = StepEngine.fused
  var decay: HyperparameterSchedule

  init(
    rate: HyperparameterSchedule = 0.1,
    accumulation: GradientAccumulation? = nil,
    decay: HyperparameterSchedule = 0.9
  ) {
    group = ParameterGroup(
      "a", sizes: [3, 1], Hyperparameters(learningRate: rate))
    options.accumulation = accumulation
    self.decay = decay
  }

  func run() throws -> SmallRun { try SmallRun(self) }

  /// The differences from a file of the default settings.
  func differences() throws -> [SettingDifference] {
    let folder = try TemporaryFolder()
    try SmallSettings().run().save(to: folder.file("f"))
    var run = try run()
    return try run.optimizer.load(from: folder.file("f")).differences
  }
}

/// A run with its average.
struct SmallRun: ~Copyable {
  var optimizer: AdEMAMix<Float>
  var parameters: [Float] = [1, -2, 3, -4]
  var average: ParameterAverage<Float>

  init(_ settings: SmallSettings) throws {
    var optimizer = try AdEMAMix<Float>(
      [settings.group], clock: settings.clock, engine: .fused)
    optimizer.engine = settings.engine
    optimizer.options = settings.options
    average = try ParameterAverage(of: parameters, decay: settings.decay)
    self.optimizer = optimizer
  }

  mutating func step(_ gradients: [Float]? = nil) throws {
    try optimizer.step(&parameters, gradients: gradients ?? parameters)
    try average.update(with: parameters)
  }

  func save(to path: String) throws {
    try optimizer.save(
      to: path, parameters: parameters, average: average,
      metadata: ["seed": "17"])
  }
}
