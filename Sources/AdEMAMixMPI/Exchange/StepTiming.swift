//===--- StepTiming.swift - the time of a step's parts --------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
/// The time that a step spent in its parts, on this rank.
package struct StepTiming: Sendable, Hashable {
  /// The time to wait for gradients of other ranks, and to sum them up.
  package internal(set) var reducing = Duration.zero
  /// The time to work on the shard, while MPI may go on.
  package internal(set) var updating = Duration.zero
  /// The time to wait for parameters of other ranks.
  package internal(set) var gathering = Duration.zero

  /// No time.
  package init() {}

  /// Adds the times of another step.
  package mutating func add(_ other: StepTiming) {
    reducing += other.reducing
    updating += other.updating
    gathering += other.gathering
  }
}

#endif
