//===--- LazyScale.swift - the decay that never touches a buffer ----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
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
package struct LazyScale: Sendable, Hashable, Codable {
  /// At most 1; at least ``foldLimit`` after a step.
  package var value: Double = 1

  /// Small enough that a fold is rare: every 27 steps for β = .9 and every
  /// 27 000 for .9999. Large enough that m̃, at most 16 times the moment,
  /// overflows in single precision for gradients above 1e37 alone, whose squares
  /// have overflowed long before.
  private static let foldLimit = 1.0 / 16

  /// What one update does to the stored moment: `m̃ ← fold·m̃ + gain·g`.
  struct Update {
    let fold: Double
    var gain: Double
  }

  /// Decays the moment by `beta` and adds gradients times `weight`: returns what
  /// is left to do to the buffer, with a fold where the scale has become small,
  /// or where `folding` asks for it.
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
}

extension LazyScale {
  /// A scale is encoded as the number that it is.
  package init(from decoder: any Decoder) throws {
    value = try decoder.singleValueContainer().decode(Double.self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }
}
