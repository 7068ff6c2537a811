//===--- AdEMAMix+MixedPrecision.swift - gradients and copies in bfloat16 ===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension AdEMAMix where Scalar == Float {
  /// Makes a step with gradients in bfloat16, and keeps a copy of the
  /// parameters in bfloat16, in the same pass over memory.
  ///
  ///     try optimizer.step(
  ///       &weights, gradients: gradients, bfloat16Copy: &narrowWeights)
  ///
  /// The parameters are the master weights, to which steps of any size add up.
  /// The copy is what a model in mixed precision computes with.
  ///
  /// - Parameters:
  ///   - parameters: A tree of the elements of ``shard``, changed in place.
  ///   - gradients: The gradient of the loss by each of them.
  ///   - copy: As many elements: each becomes the bfloat16 that is nearest to
  ///     its parameter after the step. Parameters of frozen groups, and all of
  ///     them where the call makes no step, leave theirs as they were:
  ///     ``round(_:into:)`` fills it before the first step.
  ///   - gradientScale: The factor of this gradient, as in other steps.
  ///   - weight: The weight of this gradient among those that accumulate, such
  ///     as the number of tokens in its micro-batch: see
  ///     ``GradientAccumulation``. It lies in 2^-60 ... 2^60.
  ///   - names: The names of tensors that the call leaves alone, as those
  ///     without a gradient: see ``StepOptions/allowsMissingGradients``. Their
  ///     gradients may be there or not.
  ///   - diagnostics: Whether the call measures, as other steps do.
  /// - Returns: The report of the call; see ``options``.
  /// - Throws: ``AdEMAMixError`` as other steps do, and for an engine other
  ///   than `fused`. Then nothing has changed.
  /// - Complexity: O(count of the shard + number of tensors).
  @discardableResult
  public mutating func step<
    Parameters: TensorTree<Float>, Gradients: TensorTree<BFloat16>,
    Copy: TensorTree<BFloat16>
  >(
    _ parameters: inout Parameters, gradients: Gradients,
    bfloat16Copy copy: inout Copy, gradientScale: Double = 1,
    weight: Double = 1, leaving names: [String] = [], diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try leave(names)
    let tensors = workspace.tensors
    tensors.parameters.take(from: &parameters, expected: layout.tensors)
    defer {
      tensors.bfloat16Copies.putBack(into: &copy)
      tensors.putBack(into: &parameters)
    }
    tensors.bfloat16Gradients.read(gradients, expected: layout.tensors)
    tensors.bfloat16Copies.take(from: &copy, expected: layout.tensors)
    return try execute(
      tensors, StepCall(.step, gradientScale, diagnostics, weight: weight))
  }

  /// Makes a step with gradients in bfloat16, without a copy.
  ///
  /// - Throws: ``AdEMAMixError`` as the step with a copy does. Then nothing has
  ///   changed.
  /// - Complexity: O(count of the shard + number of tensors).
  @discardableResult
  public mutating func step<
    Parameters: TensorTree<Float>, Gradients: TensorTree<BFloat16>
  >(
    _ parameters: inout Parameters, gradients: Gradients,
    gradientScale: Double = 1, weight: Double = 1,
    leaving names: [String] = [], diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try leave(names)
    let tensors = workspace.tensors
    tensors.parameters.take(from: &parameters, expected: layout.tensors)
    defer { tensors.putBack(into: &parameters) }
    tensors.bfloat16Gradients.read(gradients, expected: layout.tensors)
    return try execute(
      tensors, StepCall(.step, gradientScale, diagnostics, weight: weight))
  }

  /// Completes the step with the gradients that have accumulated, and rounds
  /// the parameters into their copy in the same pass over memory.
  ///
  /// - Throws: ``AdEMAMixError`` where nothing has accumulated, and as the step
  ///   with gradients in bfloat16 does. Then nothing has changed.
  /// - Complexity: O(count of the shard + number of tensors).
  @discardableResult
  public mutating func completeStep<
    Parameters: TensorTree<Float>, Copy: TensorTree<BFloat16>
  >(
    _ parameters: inout Parameters, bfloat16Copy copy: inout Copy,
    diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    forgetMissing()
    let tensors = workspace.tensors
    tensors.parameters.take(from: &parameters, expected: layout.tensors)
    defer {
      tensors.bfloat16Copies.putBack(into: &copy)
      tensors.putBack(into: &parameters)
    }
    tensors.bfloat16Copies.take(from: &copy, expected: layout.tensors)
    return try execute(tensors, StepCall(.completion, 1, diagnostics))
  }

  /// Writes the update for gradients in bfloat16.
  ///
  /// - Throws: ``AdEMAMixError`` as the call with other gradients does, and for
  ///   an engine other than `fused`. Then nothing has changed.
  /// - Complexity: O(count of the shard + number of tensors).
  @discardableResult
  public mutating func writeUpdate<
    Updates: TensorTree<Float>, Gradients: TensorTree<BFloat16>
  >(
    into updates: inout Updates, gradients: Gradients,
    gradientScale: Double = 1, weight: Double = 1,
    leaving names: [String] = [], diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try leave(names)
    let tensors = workspace.tensors
    tensors.parameters.take(from: &updates, expected: layout.tensors)
    defer { tensors.putBack(into: &updates) }
    tensors.bfloat16Gradients.read(gradients, expected: layout.tensors)
    return try execute(
      tensors, StepCall(.update, gradientScale, diagnostics, weight: weight))
  }
}
