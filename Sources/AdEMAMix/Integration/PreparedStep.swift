//===--- PreparedStep.swift - a step that has been checked ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A step that has been checked, and can fail for its gradient alone.
package struct PreparedStep: Sendable {
  let plan: StepPlan
}
