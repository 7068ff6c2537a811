//===--- WeightFormat.swift - the weights between two steps ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The form that the weights have between two steps.
///
/// Weights in two parts take 4 or 3 bytes, where a `Float` weight with the copy
/// in bfloat16 that a model computes with takes 6:
///
///     var optimizer = try AdEMAMix<Float>(layout, weights: .split32)
///     try optimizer.split(parameters, into: &weights)  // [BFloat16]
///     try optimizer.step(&weights, gradients: gradients)
///
/// The program has the bfloat16 that is nearest to each weight, and the
/// optimizer has a correction: the difference of the bits. Steps of any size
/// add up, as they do with `Float` weights. A weight half way between two
/// numbers in bfloat16 has the one of larger magnitude.
///
/// A program may change a weight between two steps: the correction stays, which
/// is at most half the distance of two numbers in bfloat16, and
/// ``AdEMAMix/split(_:into:)`` sets both.
///
/// - Reference: the splitting of weights in FlashOptim (arXiv 2602.23349,
///   2026).
public enum WeightFormat: String, Sendable, Hashable, Codable, CaseIterable {
  /// Weights of the scalar type, which the program has.
  case scalar
  /// Weights in bfloat16, and 16 bits of correction: results have the bits of
  /// `Float` weights.
  case split32
  /// Weights in bfloat16, and 8 bits of correction. After each step a weight is
  /// rounded to 24 bits, up or down by a sequence, so that the mean of many
  /// steps is right.
  case split24

  /// The bytes of a correction, 0 where there is none.
  package var correctionByteCount: Int {
    switch self {
    case .scalar: 0
    case .split32: 2
    case .split24: 1
    }
  }
}
