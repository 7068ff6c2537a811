//===--- GapThreads.swift - threads of the work between two steps ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import ArgumentParser

/// The threads that do other work between two steps.
enum GapThreads: String, CaseIterable, Encodable, ExpressibleByArgument {
  /// The thread that makes the steps. Other processors are idle.
  case one
  /// One for each processor.
  case all
}
