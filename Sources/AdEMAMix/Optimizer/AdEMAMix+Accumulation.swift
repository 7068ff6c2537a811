//===--- AdEMAMix+Accumulation.swift - a step of fewer micro-batches ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// The gradients that have accumulated for the next step; see
  /// ``StepOptions/accumulation``.
  public var accumulatedGradientCount: Int { counts.accumulatedGradients }

  /// Drops the gradients that have accumulated for the next step, as if their
  /// micro-batches had never come: the next call begins the step anew.
  ///
  /// ``skippedStepCount`` and ``zeroedElementCount`` stay, since they count
  /// what calls have done. The memory of the sum stays for the next
  /// micro-batches.
  ///
  /// - Complexity: O(1).
  public mutating func discardAccumulatedGradients() {
    counts.accumulatedGradients = 0
    unaccumulatedTensors = []
    accumulatedWeight = 0
  }

  /// Completes the step with the gradients that have accumulated, fewer than
  /// ``StepOptions/accumulation`` asks for: the last micro-batches of an epoch,
  /// for instance.
  ///
  ///     for batch in epoch {
  ///       try optimizer.step(&parameters, gradients: gradients(batch))
  ///     }
  ///     if optimizer.accumulatedGradientCount > 0 {
  ///       try optimizer.completeStep(&parameters)
  ///     }
  ///
  /// The step takes their mean or their sum, and is clipped, measured and
  /// reported like any other. The result is that of the run that had been told
  /// their number before. It has the same bits where the last of them is added
  /// to the others exactly, since `Float` sums are kept as `Float`, and no
  /// clipping by norm or block changes it; in `Double` always, unless the
  /// gradient scale is no power of two.
  ///
  /// - Parameters:
  ///   - parameters: A tree of the elements of ``shard``, changed in place.
  ///   - diagnostics: Whether the call measures, as a step does.
  /// - Returns: A report with the outcome ``StepReport/Outcome/completed``.
  /// - Throws: ``AdEMAMixError`` where nothing has accumulated, and as a step
  ///   on the same parameters does. Then nothing has changed.
  /// - Complexity: O(count of the shard + number of tensors).
  @discardableResult
  public mutating func completeStep<Parameters: TensorTree<Scalar>>(
    _ parameters: inout Parameters, diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    forgetMissing()
    let tensors = workspace.tensors
    tensors.parameters.take(from: &parameters, expected: layout.tensors)
    defer { tensors.putBack(into: &parameters) }
    return try execute(tensors, StepCall(.completion, 1, diagnostics))
  }

  /// Completes the step on parameters in a span.
  ///
  /// - Throws: ``AdEMAMixError`` as the call on a tree does. Then nothing has
  ///   changed.
  /// - Complexity: O(count of the shard + number of tensors).
  @discardableResult
  public mutating func completeStep(
    _ parameters: consuming MutableSpan<Scalar>, diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe parameters.withUnsafeMutableBufferPointer {
      (elements) throws(AdEMAMixError) in
      var parameters = unsafe elements
      return try unsafe completeStep(&parameters, diagnostics: diagnostics)
    }
  }
}
