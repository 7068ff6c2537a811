//===--- StepPurpose.swift - the purpose of a call ------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The purpose of a call.
package enum StepPurpose: Sendable {
  /// Takes in a gradient, and changes the parameters once it completes a step.
  case step
  /// The same, but writes the direction where the parameters would be.
  case update
  /// Changes the parameters with what has accumulated, and takes in nothing.
  case completion
}
