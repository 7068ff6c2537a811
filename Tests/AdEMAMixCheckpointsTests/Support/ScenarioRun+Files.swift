//===--- ScenarioRun+Files.swift - runs that are saved and resumed --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import TestSupport

extension ScenarioRun {
  /// The run that goes on from a file.
  init(resuming path: String, _ scenario: Scenario) throws {
    let checkpoint = try Checkpoint<Scalar>(path)
    self.init(
      scenario, try checkpoint.optimizer(), try checkpoint.parameters(),
      try checkpoint.average())
  }

  /// The run that goes on from a file, loaded over one of something else.
  static func loading(
    _ path: String, _ scenario: Scenario
  ) throws -> ScenarioRun {
    var run = try ScenarioRun(scenario)
    run.optimizer.options.isCautious.toggle()
    try run.optimizer.updateGroups {
      $0.hyperparameters = Hyperparameters(learningRate: 1)
      $0.isFrozen.toggle()
    }
    try run.apply(.step(1))
    try run.optimizer.load(
      from: path, parameters: &run.parameters, average: &run.average)
    return run
  }

  func save(to path: String) throws {
    try optimizer.save(to: path, parameters: parameters, average: average)
  }

  /// Lets some calls of the step happen, and what comes before each of them.
  mutating func apply(calls: Range<Int>) throws {
    let start = scenario.index(afterCalls: calls.lowerBound)
    let end = scenario.index(afterCalls: calls.upperBound)
    try apply(scenario.events[start..<end])
  }

  func state() throws -> RunState {
    try RunState(
      optimizer, parameters, average,
      last: last.report.map { "\($0)" } ?? last.error ?? "")
  }
}

/// All that a run consists of, to the bit, and the answer to its last event.
struct RunState: Equatable {
  private let record: OptimizerRecord
  private let moments: [[UInt8]]
  private let parameters: [UInt8]
  private let average: [UInt8]
  private let averageRecord: AverageRecord
  private let last: String

  init<Scalar>(
    _ optimizer: borrowing AdEMAMix<Scalar>, _ parameters: [Scalar],
    _ average: borrowing ParameterAverage<Scalar>, last: String = ""
  ) throws {
    record = optimizer.record
    moments = optimizer.copyMoments().map {
      bytes($0.fast) + bytes($0.slow) + bytes($0.second)
    }
    self.parameters = bytes(parameters)
    self.average = bytes(try average.values())
    averageRecord = average.record
    self.last = last
  }
}

/// The bits of numbers, NaN included.
func bytes<Element: BitwiseCopyable>(_ elements: [Element]) -> [UInt8] {
  unsafe elements.withUnsafeBytes { unsafe Array($0) }
}

// MARK: - Moments in fewer bits

extension Scenario {
  /// The same events by the `fused` engine, with moments in fewer bits.
  func stored(_ first: MomentStorage, _ second: MomentStorage) -> Scenario {
    var copy = computed(engine: .fused)
    for index in groups.indices {
      copy.groups[index].storage = index % 2 == 0 ? first : second
    }
    return copy
  }

  /// The plain scenario, with one of ``storages``.
  static func stored(as name: String) -> Scenario {
    storages.filter { $0.name == name }
      .map { Scenario.named("plain").stored($1, $2) }[0]
  }

  /// The presets, mixtures of groups, and formats that no preset has.
  static let storages: [(name: String, MomentStorage, MomentStorage)] = [
    ("compact", .compact, .compact), ("minimal", .minimal, .minimal),
    ("compact and full", .compact, .full),
    (
      "others and minimal",
      MomentStorage(
        fast: .blockInt16, slow: .bfloat16, second: .blockInt16, seed: 7),
      .minimal
    ),
    ("version 2", .compactOfVersion2, .minimalOfVersion2),
  ]

  /// The scenarios that the state of moments in fewer bits depends on: whether
  /// m1 is there, whether groups change, NaN in blocks, accumulated gradients.
  static let storedNames = [
    "plain", "mean of 3", "sum of 20", "NaN, propagate", "beta1 of 0", "frozen",
    "thawed", "frozen and thawed again", "edited", "damped and reset",
    "everything",
  ]
}
