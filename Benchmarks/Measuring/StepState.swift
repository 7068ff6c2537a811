//===--- StepState.swift - steps in a loop, or one after the other --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import ArgumentParser

/// The states of the machine in which a step begins, by the names that the
/// command and files use.
enum StepState: String, CaseIterable, Encodable, ExpressibleByArgument {
  /// Other work before each step, as in a training loop: threads sleep, and
  /// caches hold other memory.
  case loop
  /// A step follows another at once: threads are awake, and what fits into the
  /// caches is there.
  case repeated
}
