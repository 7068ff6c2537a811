//===--- StepName.swift - the step in the name of a checkpoint ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The beginning of the name of a checkpoint, such as `step-000001000`. Names
/// have the order of their steps.
enum StepName {
  static let prefix = "step-"

  static func text(of step: Int) -> String {
    let digits = String(step)
    return prefix + String(repeating: "0", count: max(0, 9 - digits.count))
      + digits
  }
}
