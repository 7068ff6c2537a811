//===--- Request.swift - the choices of the command line ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// The choices of the command line.
struct Request {
  /// Sizes in ascending order; none if each scenario chooses its own.
  let counts: [Int]
  /// The names of scenarios whose flags are set.
  let scenarios: Set<String>
  /// Scalar types; none if each scenario chooses its own.
  let scalars: [ScalarName]
  /// Engines; none if each scenario chooses its own.
  let engines: [EngineName]
  /// Numbers of threads in ascending order.
  let threads: [Int]
  /// The instruction sets of the engines, the widest first.
  let instructionSets: [InstructionSet]
  /// The state in which steps begin; `nil` if each scenario chooses its own.
  let state: StepState?
  let gap: Gap
  /// The folder for checkpoints.
  let folder: ScratchFolder
  let effort: Effort

  /// Sorts all values, and keeps each once. The flags are names of scenarios,
  /// and whether these are asked for.
  init(
    counts: [Int], flags: [String: Bool], scalars: [ScalarName],
    engines: [EngineName], threads: [Int], instructionSets: [InstructionSet],
    state: StepState?, gap: Gap, folder: ScratchFolder, effort: Effort
  ) {
    self.counts = Set(counts).sorted()
    scenarios = Set(flags.filter(\.value).keys)
    self.scalars = ScalarName.allCases.filter(scalars.contains)
    self.engines = EngineName.allCases.filter(engines.contains)
    self.threads = Set(threads).sorted()
    self.instructionSets = Set(instructionSets).sorted(by: >)
    self.state = state
    self.gap = gap
    self.folder = folder
    self.effort = effort
  }

  /// Whether the default scenarios are measured.
  var isDefault: Bool { counts.isEmpty && scenarios.isEmpty }

  /// The sizes asked for, or else those of a scenario.
  func counts(or own: [Int]) -> [Int] { counts.isEmpty ? own : counts }

  /// The scalar types asked for, or else those of a scenario.
  func scalars(or own: [ScalarName]) -> [ScalarName] {
    scalars.isEmpty ? own : scalars
  }

  /// The engines asked for, or else those of a scenario.
  func engines(or own: [EngineName]) -> [EngineName] {
    engines.isEmpty ? own : engines
  }
}
