//===--- EngineName.swift - the engines, and loops beside them ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import ArgumentParser

/// The engines, the naive loop and the ceiling, by the names that tables and
/// files use.
enum EngineName: String, CaseIterable, Encodable, ExpressibleByArgument {
  case naive, blas, fused, ceiling

  /// The library's engine; `nil` for the ceiling.
  var engine: StepEngine? {
    switch self {
    case .naive: .reference
    case .blas: .blas
    case .fused: .fused
    case .ceiling: nil
    }
  }
}
