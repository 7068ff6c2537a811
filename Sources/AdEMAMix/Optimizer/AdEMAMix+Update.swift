//===--- AdEMAMix+Update.swift - a step whose update is not applied ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// Makes a step, but writes the update of each parameter in place of applying
  /// it, so that the caller can transform it:
  ///
  ///     m1/(1-β1ᵗ) + α·m2, divided by √(ν/(1-β2ᵗ) + ε̄) + ε
  ///
  /// The caller subtracts it, times a learning rate. Learning rate and weight
  /// decay of the groups have no part in it; their defaults for this use are
  /// those of `Hyperparameters.updateAlone()`.
  /// optax: `scale_by_ademamix`.
  ///
  /// Updates are 0 where the call makes no step (see ``options``) and in frozen
  /// groups.
  ///
  /// - Parameters:
  ///   - updates: A tree of the elements of ``shard``, all overwritten.
  ///   - gradients: The gradient of the loss by each parameter.
  ///   - gradientScale: The factor of this gradient, as in a step.
  ///   - weight: The weight of this gradient among those that accumulate, such
  ///     as the number of tokens in its micro-batch: see
  ///     ``GradientAccumulation``. It lies in 2^-60 ... 2^60.
  ///   - names: The names of tensors that the call leaves alone, as those
  ///     without a gradient: see ``StepOptions/allowsMissingGradients``. Their
  ///     gradients may be there or not.
  ///   - diagnostics: Whether the call measures, as a step does.
  /// - Returns: The report of the call.
  /// - Throws: ``AdEMAMixError`` as a step does. Then nothing has changed.
  /// - Complexity: O(count of the shard + number of tensors).
  @discardableResult
  public mutating func writeUpdate<
    Updates: TensorTree<Scalar>, Gradients: TensorTree<Scalar>
  >(
    into updates: inout Updates, gradients: Gradients,
    gradientScale: Double = 1, weight: Double = 1,
    leaving names: [String] = [], diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try leave(names)
    let tensors = workspace.tensors
    tensors.parameters.take(from: &updates, expected: layout.tensors)
    defer { tensors.putBack(into: &updates) }
    tensors.gradients.read(gradients, expected: layout.tensors)
    return try execute(
      tensors, StepCall(.update, gradientScale, diagnostics, weight: weight))
  }

  /// Writes the update into one array.
  ///
  /// - Throws: ``AdEMAMixError`` as the call on trees does. Then nothing has
  ///   changed.
  /// - Complexity: O(count of the shard + number of tensors).
  @discardableResult
  public mutating func writeUpdate(
    into updates: inout [Scalar], gradients: [Scalar],
    gradientScale: Double = 1, weight: Double = 1,
    diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    // Before a shared array would be copied in vain.
    try checkFlat(updates.count, gradients: gradients.count)
    return try unsafe updates.withUnsafeMutableBufferPointer {
      (updates) throws(AdEMAMixError) in
      try unsafe gradients.withUnsafeBufferPointer {
        (gradients) throws(AdEMAMixError) in
        try unsafe execute(
          updates, gradients: gradients,
          StepCall(.update, gradientScale, diagnostics, weight: weight))
      }
    }
  }

  /// Writes the update into a span.
  ///
  /// - Throws: ``AdEMAMixError`` as the call on trees does. Then nothing has
  ///   changed.
  /// - Complexity: O(count of the shard + number of tensors).
  @discardableResult
  public mutating func writeUpdate(
    into updates: consuming MutableSpan<Scalar>, gradients: Span<Scalar>,
    gradientScale: Double = 1, weight: Double = 1,
    diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe updates.withUnsafeMutableBufferPointer {
      (updates) throws(AdEMAMixError) in
      try unsafe gradients.withUnsafeBufferPointer {
        (gradients) throws(AdEMAMixError) in
        try unsafe execute(
          updates, gradients: gradients,
          StepCall(.update, gradientScale, diagnostics, weight: weight))
      }
    }
  }
}
