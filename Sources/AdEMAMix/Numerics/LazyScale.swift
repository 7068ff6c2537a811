//===--- LazyScale.swift - the decay that never touches a buffer ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The factor between a moment and what is stored of it.
///
/// An exponential moving average `m ← β·m + (1-β)·g` is stored as `m = s·m̃`,
/// `s` being this scale. Then one update is
///
///     s ← β·s
///     m̃ ← m̃ + ((1-β)/s)·g        one axpy
///
/// so that β and 1-β, which single precision holds to 4 digits where β is
/// .9999, are never rounded to it. When `s` has become small the buffer is
/// folded first: `m̃ ← s·m̃`, `s ← 1`.
package struct LazyScale: Sendable, Hashable {
  /// The scale: from ``foldLimit`` to 1 after a step, and from the smallest
  /// normal `Double` on for a moment that has been damped since.
  package var value: Double = 1

  /// Small enough that a fold is rare: every 27 steps for β = .9 and every
  /// 27,725 for .9999. Large enough that m̃, at most 16 times the moment, stays
  /// finite: see `gradientLimit(in:)`.
  private static let foldLimit = 1.0 / 16

  /// The scales of a moment that is never damped.
  static let range = foldLimit...1

  /// The scales of a slow moment, which may be damped.
  static let dampedRange = Double.leastNormalMagnitude...1

  /// The change of the stored moment by one update: `m̃ ← fold·m̃ + gain·g`.
  struct Update {
    let fold: Double
    let gain: Double
  }

  /// Decays the moment by `beta` and adds gradients times `weight`: returns
  /// what is left to do to the buffer, with a fold where the scale has become
  /// small, or where `folding` asks for it.
  mutating func decay(
    by beta: Double, adding weight: Double, folding: Bool
  ) -> Update {
    let decayed = beta * value
    if folding || decayed < Self.foldLimit {
      value = 1
      return Update(fold: decayed, gain: weight)
    }
    value = decayed
    return Update(fold: 1, gain: weight / decayed)
  }

  /// Adds gradients times `weight` to a moment whose elements decay one by one,
  /// so that they share no scale: what is left of an earlier scale is folded.
  mutating func release(adding weight: Double) -> Update {
    defer { value = 1 }
    return Update(fold: value, gain: weight)
  }
}
