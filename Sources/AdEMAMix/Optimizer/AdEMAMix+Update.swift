//===--- AdEMAMix+Update.swift - the update alone, for others to apply ----===//
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
  /// - Returns: The report of the call.
  /// - Throws: ``AdEMAMixError`` as ``step(_:gradients:)-([Scalar],_)`` does.
  ///   Then nothing has changed.
  /// - Complexity: O(count of the shard).
  @discardableResult
  public mutating func writeUpdate(
    into updates: inout [Scalar], gradients: [Scalar]
  ) throws(AdEMAMixError) -> StepReport {
    try checkFlatCounts(updates.count, gradients.count)
    return try unsafe updates.withUnsafeMutableBufferPointer {
      (updates) throws(AdEMAMixError) in
      try unsafe gradients.withUnsafeBufferPointer {
        (gradients) throws(AdEMAMixError) in
        try unsafe writeUpdate(into: updates, gradients: gradients)
      }
    }
  }

  /// Writes the update into a span.
  ///
  /// - Throws: ``AdEMAMixError`` as the call with an array does.
  @discardableResult
  public mutating func writeUpdate(
    into updates: consuming MutableSpan<Scalar>, gradients: Span<Scalar>
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe updates.withUnsafeMutableBufferPointer {
      (updates) throws(AdEMAMixError) in
      try unsafe gradients.withUnsafeBufferPointer {
        (gradients) throws(AdEMAMixError) in
        try unsafe writeUpdate(into: updates, gradients: gradients)
      }
    }
  }

  /// Writes the update into one buffer, under the rules of the step on one.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @discardableResult
  public mutating func writeUpdate(
    into updates: UnsafeMutableBufferPointer<Scalar>,
    gradients: UnsafeBufferPointer<Scalar>
  ) throws(AdEMAMixError) -> StepReport {
    let report = try unsafe execute(updates, gradients: gradients, .update)
    for slice in grid.frozen {
      unsafe updates[slice.start..<(slice.start + slice.count)]
        .update(repeating: 0)
    }
    return report
  }

  /// Writes the update in the place of the parameters of separate tensors,
  /// under the rules of the step on them.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @discardableResult
  public mutating func writeUpdate(
    into updates: [TensorBuffers<Scalar>]
  ) throws(AdEMAMixError) -> StepReport {
    let report = try unsafe execute(updates, .update)
    for slice in grid.frozen {
      unsafe updates[slice.tensor].parameters.update(repeating: 0)
    }
    return report
  }

  /// Writes the update into separate arrays, one for each tensor of the layout.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @discardableResult
  public mutating func writeUpdate(
    into updates: inout [[Scalar]], gradients: [[Scalar]]
  ) throws(AdEMAMixError) -> StepReport {
    let report = try execute(&updates, gradients: gradients, .update)
    for slice in grid.frozen {
      updates[slice.tensor] = Array(repeating: 0, count: slice.count)
    }
    return report
  }
}
