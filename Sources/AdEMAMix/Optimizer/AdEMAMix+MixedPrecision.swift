//===--- AdEMAMix+MixedPrecision.swift - gradients and copies in bfloat16 ===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
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
  /// The copy is what a model in mixed precision computes with. For other
  /// memory see ``ParameterBuffers``.
  ///
  /// - Parameters:
  ///   - parameters: The elements of ``shard``, changed in place.
  ///   - gradients: The gradient of the loss by each of them.
  ///   - copy: As many elements: each becomes the bfloat16 that is nearest to
  ///     its parameter after the step. Parameters of frozen groups, and all of
  ///     them where the call makes no step, leave theirs as they were:
  ///     ``round(_:into:)-([Float],_)`` fills it before the first step.
  ///   - gradientScale: The factor of this gradient, as in other steps.
  ///   - diagnostics: Whether the call measures, as other steps do.
  /// - Returns: The report of the call; see ``options``.
  /// - Throws: ``AdEMAMixError`` as the step on an array does, and for an
  ///   engine other than `fused`. Then nothing has changed.
  /// - Complexity: O(count of the shard).
  @discardableResult
  public mutating func step(
    _ parameters: inout [Float], gradients: [BFloat16],
    bfloat16Copy copy: inout [BFloat16], gradientScale: Double = 1,
    diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    // Before a shared array would be copied in vain.
    try checkMixed(parameters.count, gradients: gradients.count, copy.count)
    return try unsafe gradients.withUnsafeBufferPointer {
      (gradients) throws(AdEMAMixError) in
      try unsafe withBuffers(&parameters, gradients, &copy) {
        (optimizer, buffers) throws(AdEMAMixError) in
        try unsafe optimizer.step(
          buffers, gradientScale: gradientScale, diagnostics: diagnostics)
      }
    }
  }

  /// Makes a step with gradients and a copy in bfloat16, on separate arrays:
  /// one of each kind for each tensor of the layout.
  ///
  /// - Throws: ``AdEMAMixError`` as the step on flat arrays does.
  @discardableResult
  public mutating func step(
    _ parameters: inout [[Float]], gradients: [[BFloat16]],
    bfloat16Copy copies: inout [[BFloat16]], gradientScale: Double = 1,
    diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try executeMixed(
      &parameters, gradients, &copies,
      StepCall(.step, gradientScale, diagnostics))
  }

  /// Completes the step with the gradients that have accumulated, as on one
  /// array, and rounds the parameters into their copy in the same pass over
  /// memory.
  ///
  /// - Throws: ``AdEMAMixError`` where nothing has accumulated, and as the step
  ///   with gradients in bfloat16 does. Then nothing has changed.
  /// - Complexity: O(count of the shard).
  @discardableResult
  public mutating func completeStep(
    _ parameters: inout [Float], bfloat16Copy copy: inout [BFloat16],
    diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try checkMixed(parameters.count, gradients: nil, copy.count)
    return try unsafe withBuffers(&parameters, nil, &copy) {
      (optimizer, buffers) throws(AdEMAMixError) in
      try unsafe optimizer.completeStep(buffers, diagnostics: diagnostics)
    }
  }

  /// Completes the step on separate arrays, and rounds the parameters into
  /// their copies.
  ///
  /// - Throws: ``AdEMAMixError`` as with flat arrays.
  @discardableResult
  public mutating func completeStep(
    _ parameters: inout [[Float]], bfloat16Copy copies: inout [[BFloat16]],
    diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try executeMixed(
      &parameters, [], &copies, StepCall(.completion, 1, diagnostics))
  }

  /// Writes the update for gradients in bfloat16.
  ///
  /// - Throws: ``AdEMAMixError`` as the call with other gradients does, and for
  ///   an engine other than `fused`. Then nothing has changed.
  /// - Complexity: O(count of the shard).
  @discardableResult
  public mutating func writeUpdate(
    into updates: inout [Float], gradients: [BFloat16],
    gradientScale: Double = 1, diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try checkMixed(updates.count, gradients: gradients.count, shard.count)
    return try unsafe updates.withUnsafeMutableBufferPointer {
      (updates) throws(AdEMAMixError) in
      try unsafe gradients.withUnsafeBufferPointer {
        (gradients) throws(AdEMAMixError) in
        try unsafe writeUpdate(
          into: ParameterBuffers(
            parameters: updates, bfloat16Gradients: gradients,
            bfloat16Copy: nil),
          gradientScale: gradientScale, diagnostics: diagnostics)
      }
    }
  }

  /// Makes a call on flat arrays as one on their memory.
  private mutating func withBuffers(
    _ parameters: inout [Float], _ gradients: UnsafeBufferPointer<BFloat16>?,
    _ copy: inout [BFloat16],
    _ body: (inout AdEMAMix, ParameterBuffers<Float>) throws(AdEMAMixError) ->
      StepReport
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe parameters.withUnsafeMutableBufferPointer {
      (parameters) throws(AdEMAMixError) in
      try unsafe copy.withUnsafeMutableBufferPointer {
        (copy) throws(AdEMAMixError) in
        try unsafe body(
          &self,
          ParameterBuffers(
            parameters: parameters, bfloat16Gradients: gradients,
            bfloat16Copy: copy))
      }
    }
  }

  /// Makes a call on separate arrays with gradients and copies in bfloat16.
  private mutating func executeMixed(
    _ parameters: inout [[Float]], _ gradients: [[BFloat16]],
    _ copies: inout [[BFloat16]], _ call: StepCall
  ) throws(AdEMAMixError) -> StepReport {
    // Counts of lists come first: a list without arrays stands for none.
    let expected = layout.tensors.count
    guard call.purpose == .completion || gradients.count == expected else {
      throw .tensorCount(gradients.count, expected: expected)
    }
    guard copies.count == expected else {
      throw .tensorCount(copies.count, expected: expected)
    }
    return try execute(&parameters, call) {
      $0.bfloat16Gradients = gradients
      $0.bfloat16Copies = exchange(&copies, with: [])
    } detach: {
      copies = $0.bfloat16Copies
    }
  }

  private func checkMixed(
    _ parameters: Int, gradients: Int?, _ copy: Int
  ) throws(AdEMAMixError) {
    _ = try engine(isMixed: true)
    try checkFlatCounts(parameters, gradients ?? shard.count)
    guard copy == shard.count else {
      throw .copyCount(copy, expected: shard.count)
    }
  }
}
