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
  /// - Parameter parameters: The elements of ``shard``, changed in place.
  /// - Returns: A report with the outcome ``StepReport/Outcome/completed``.
  /// - Throws: ``AdEMAMixError/nothingAccumulated``, and what a step on the
  ///   same parameters throws. Then nothing has changed.
  /// - Complexity: O(count of the shard).
  @discardableResult
  public mutating func completeStep(
    _ parameters: inout [Scalar]
  ) throws(AdEMAMixError) -> StepReport {
    // Before a shared array would be copied in vain.
    try checkFlatCounts(parameters.count, parameters.count)
    return try unsafe parameters.withUnsafeMutableBufferPointer {
      (parameters) throws(AdEMAMixError) in
      try unsafe completeStep(parameters)
    }
  }

  /// Completes the step on parameters in a span.
  ///
  /// - Throws: ``AdEMAMixError`` as the call with an array does.
  @discardableResult
  public mutating func completeStep(
    _ parameters: consuming MutableSpan<Scalar>
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe parameters.withUnsafeMutableBufferPointer {
      (parameters) throws(AdEMAMixError) in
      try unsafe completeStep(parameters)
    }
  }

  /// Completes the step on parameters in one buffer, under the rules of the
  /// step on one.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @discardableResult
  public mutating func completeStep(
    _ parameters: UnsafeMutableBufferPointer<Scalar>
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe execute(parameters, gradients: nil, .completion)
  }

  /// Completes the step on parameters in separate tensors, under the rules of
  /// the step on them. Gradients are not read, and may be empty.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @discardableResult
  public mutating func completeStep(
    _ tensors: [TensorBuffers<Scalar>]
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe execute(tensors, .completion)
  }

  /// Completes the step on parameters in separate arrays, one for each tensor
  /// of the layout.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @discardableResult
  public mutating func completeStep(
    _ parameters: inout [[Scalar]]
  ) throws(AdEMAMixError) -> StepReport {
    let none = [[Scalar]](repeating: [], count: parameters.count)
    return try execute(&parameters, gradients: none, .completion)
  }
}
