//===--- StateBufferName.swift - the name of a buffer of the state --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The name of a buffer of the state.
package enum StateBufferName: Sendable, Hashable, CaseIterable {
  /// m1, as stored.
  case fast
  /// m2, as stored.
  case slow
  /// ν, as stored.
  case second
  /// The gradients that have accumulated.
  case accumulated
  /// The compensation of their rounding.
  case compensation
  /// The corrections of weights that are split.
  case correction
  /// The largest magnitudes of blocks, where a moment is stored in blocks. They
  /// go with the moment and are not listed.
  case fastMaxima
  case slowMaxima
  case secondMaxima

  package var isMaxima: Bool {
    switch self {
    case .fastMaxima, .slowMaxima, .secondMaxima: true
    case .fast, .slow, .second, .accumulated, .compensation, .correction: false
    }
  }
}
