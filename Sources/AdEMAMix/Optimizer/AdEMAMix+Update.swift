//===--- AdEMAMix+Update.swift - a step whose update is not applied ------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
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
  ///   - updates: The elements of ``shard``, all overwritten.
  ///   - gradients: The gradient of the loss by each parameter.
  ///   - gradientScale: The factor of this gradient, as in a step.
  ///   - diagnostics: Whether the call measures, as a step does.
  /// - Returns: The report of the call.
  /// - Throws: ``AdEMAMixError`` as the step on an array does. Then nothing has
  ///   changed.
  /// - Complexity: O(count of the shard).
  @discardableResult
  public mutating func writeUpdate(
    into updates: inout [Scalar], gradients: [Scalar],
    gradientScale: Double = 1, diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try checkFlatCounts(updates.count, gradients.count)
    return try unsafe updates.withUnsafeMutableBufferPointer {
      (updates) throws(AdEMAMixError) in
      try unsafe gradients.withUnsafeBufferPointer {
        (gradients) throws(AdEMAMixError) in
        try unsafe writeUpdate(
          into: ParameterBuffers(parameters: updates, gradients: gradients),
          gradientScale: gradientScale, diagnostics: diagnostics)
      }
    }
  }

  /// Writes the update into a span.
  ///
  /// - Throws: ``AdEMAMixError`` as the call with an array does.
  @discardableResult
  public mutating func writeUpdate(
    into updates: consuming MutableSpan<Scalar>, gradients: Span<Scalar>,
    gradientScale: Double = 1, diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe updates.withUnsafeMutableBufferPointer {
      (updates) throws(AdEMAMixError) in
      try unsafe gradients.withUnsafeBufferPointer {
        (gradients) throws(AdEMAMixError) in
        try unsafe writeUpdate(
          into: ParameterBuffers(parameters: updates, gradients: gradients),
          gradientScale: gradientScale, diagnostics: diagnostics)
      }
    }
  }

  /// Writes the update into separate arrays, one for each tensor of the layout.
  ///
  /// - Throws: ``AdEMAMixError`` as the call with one array does.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @discardableResult
  public mutating func writeUpdate(
    into updates: inout [[Scalar]], gradients: [[Scalar]],
    gradientScale: Double = 1, diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try execute(&updates, StepCall(.update, gradientScale, diagnostics)) {
      $0.gradients = gradients
    }
  }

  /// Writes the update in the place of the parameters of one buffer, under the
  /// rules of the step on one.
  ///
  /// - Throws: ``AdEMAMixError`` as the step on one buffer does.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @discardableResult
  public mutating func writeUpdate(
    into updates: ParameterBuffers<Scalar>, gradientScale: Double = 1,
    diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe execute(
      .flat(updates), StepCall(.update, gradientScale, diagnostics))
  }

  /// Writes the update in the place of the parameters of separate tensors,
  /// under the rules of the step on them.
  ///
  /// - Throws: ``AdEMAMixError`` as the step on separate tensors does.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @discardableResult
  public mutating func writeUpdate(
    into updates: [ParameterBuffers<Scalar>], gradientScale: Double = 1,
    diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe execute(
      .tensors(updates), StepCall(.update, gradientScale, diagnostics))
  }
}
