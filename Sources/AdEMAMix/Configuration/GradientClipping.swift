//===--- GradientClipping.swift - how gradients are bounded ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// How gradients are bounded. Limits are positive; an infinite one measures
/// without clipping.
///
/// Frozen groups take no part.
public enum GradientClipping: Sendable, Hashable, Codable {
  /// All gradients are multiplied by the same factor where their common
  /// Euclidean norm exceeds a limit. optax: `clip_by_global_norm`.
  ///
  /// The norm costs one more read of the gradients: the factor becomes part of
  /// the step's scalars. An optimizer of a shard measures its shard.
  case globalNorm(_ limit: Double, rule: NormRule = .optax)

  /// Each element is moved into -limit ... limit. NaN stays. optax: `clip`.
  case value(_ limit: Double)

  /// The gradient of a tensor is multiplied by a factor where its root mean
  /// square exceeds a limit. optax: `clip_by_block_rms`.
  ///
  /// The roots cost one more read of the gradients. An optimizer of a shard
  /// measures its shard.
  case blockRMS(_ limit: Double)

  /// The factor of a global norm beyond the limit.
  public enum NormRule: String, Sendable, Hashable, Codable, CaseIterable {
    /// limit/norm
    case optax
    /// limit/(norm + 1e-6): `torch.nn.utils.clip_grad_norm_`.
    case torch
  }
}
