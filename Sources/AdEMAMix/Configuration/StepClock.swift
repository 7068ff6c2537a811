//===--- StepClock.swift - the count that the first step gives schedules --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The count that schedules see at the first step.
///
/// The two conventions differ by one step. For a warm-up over thousands of
/// steps that is nothing; over ten steps it changes the result visibly, since
/// beta3 still equals beta1 at count 0 and the slow moment swallows the first
/// gradient.
public enum StepClock: String, Sendable, Hashable, Codable, CaseIterable {
  /// Schedules see the number of steps already completed: 0 at the first step.
  /// The convention of optax.
  case fromZero

  /// Schedules see the number of the step under way: 1 at the first step. The
  /// convention of the paper and of every PyTorch implementation.
  case fromOne

  /// The count that schedules see in the step after `completedSteps`.
  func count(after completedSteps: Int) -> Int {
    switch self {
    case .fromZero: completedSteps
    case .fromOne: completedSteps + 1
    }
  }
}
