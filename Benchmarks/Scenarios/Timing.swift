//===--- Timing.swift - the fields that every row has ---------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// The fields that the rows of every scenario have.
struct Timing: Encodable {
  let scenario: String
  /// The state in which steps begin; `nil` where no steps are timed.
  let state: StepState?
  let scalar: ScalarName
  /// The number of parameters.
  let count: Int
  let threads: Int
  /// The instructions of the C loops; `nil` where there are none.
  let instructionSet: InstructionSet?
  /// The median over the rounds.
  let nanosecondsPerParameter: Double
  let nanosecondsPerParameterMinimum: Double

  /// Follows the name of an engine in a table, unless it has the widest
  /// instructions.
  var suffix: String { instructionSet?.suffix ?? "" }
}
