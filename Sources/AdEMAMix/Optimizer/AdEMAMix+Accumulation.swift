//===--- AdEMAMix+Accumulation.swift - a step of fewer micro-batches ------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Specialized for pointers as a step is, and for the same reason.

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
  ///   - parameters: The elements of ``shard``, changed in place.
  ///   - diagnostics: Whether the call measures, as a step does.
  /// - Returns: A report with the outcome ``StepReport/Outcome/completed``.
  /// - Throws: ``AdEMAMixError`` where nothing has accumulated, and as a step
  ///   on the same parameters does. Then nothing has changed.
  /// - Complexity: O(count of the shard).
  @discardableResult
  public mutating func completeStep(
    _ parameters: inout [Scalar], diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    // Before a shared array would be copied in vain.
    try checkFlatCounts(parameters.count, parameters.count)
    return try unsafe parameters.withUnsafeMutableBufferPointer {
      (parameters) throws(AdEMAMixError) in
      try unsafe completeStep(
        ParameterBuffers(parameters: parameters), diagnostics: diagnostics)
    }
  }

  /// Completes the step on parameters in a span.
  ///
  /// - Throws: ``AdEMAMixError`` as the call with an array does.
  @discardableResult
  public mutating func completeStep(
    _ parameters: consuming MutableSpan<Scalar>, diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe parameters.withUnsafeMutableBufferPointer {
      (parameters) throws(AdEMAMixError) in
      try unsafe completeStep(
        ParameterBuffers(parameters: parameters), diagnostics: diagnostics)
    }
  }

  /// Completes the step on parameters in separate arrays, one for each tensor
  /// of the layout.
  ///
  /// - Throws: ``AdEMAMixError`` as the call with one array does.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @discardableResult
  public mutating func completeStep(
    _ parameters: inout [[Scalar]], diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try execute(&parameters, StepCall(.completion, 1, diagnostics)) { _ in }
  }

  /// Completes the step on parameters in one buffer, under the rules of the
  /// step on one. Gradients are not read.
  ///
  /// - Throws: ``AdEMAMixError`` as the call with an array does, and as the
  ///   step on one buffer does.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @discardableResult
  public mutating func completeStep(
    _ buffers: ParameterBuffers<Scalar>, diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe execute(.flat(buffers), StepCall(.completion, 1, diagnostics))
  }

  /// Completes the step on parameters in separate tensors, under the rules of
  /// the step on them. Gradients are not read.
  ///
  /// - Throws: ``AdEMAMixError`` as the call with an array does, and as the
  ///   step on separate tensors does.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @discardableResult
  public mutating func completeStep(
    _ tensors: [ParameterBuffers<Scalar>], diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe execute(.tensors(tensors), StepCall(.completion, 1, diagnostics))
  }
}
