//===--- AdEMAMix+Step.swift - one step, on memory of any shape ----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Calls on pointers are specialized here, since a client's call would run on
// generic code otherwise, and a step on 1000 parameters take three times as
// long.

extension AdEMAMix {
  /// Makes a step on parameters in one array.
  ///
  ///     try optimizer.step(&parameters, gradients: gradients)
  ///
  /// - Parameters:
  ///   - parameters: The elements of ``shard``, changed in place.
  ///   - gradients: The gradient of the loss by each of them.
  ///   - gradientScale: The factor of this gradient: 1 over the loss scale, or
  ///     over the number of ranks whose gradients were summed. Finite and
  ///     positive. It costs no pass over memory.
  ///   - diagnostics: Whether the call measures gradients, moments and updates,
  ///     for ``StepReport/diagnostics``. It changes no bit of the result.
  /// - Returns: The report of the call; see ``options``.
  /// - Throws: ``AdEMAMixError`` for a wrong count, an option out of range, a
  ///   schedule that yields a value out of range, or a gradient that the
  ///   options refuse. Then nothing has changed.
  /// - Complexity: O(count of the shard).
  @discardableResult
  public mutating func step(
    _ parameters: inout [Scalar], gradients: [Scalar],
    gradientScale: Double = 1, diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    // Before a shared array would be copied in vain.
    try checkFlatCounts(parameters.count, gradients.count)
    return try unsafe parameters.withUnsafeMutableBufferPointer {
      (parameters) throws(AdEMAMixError) in
      try unsafe gradients.withUnsafeBufferPointer {
        (gradients) throws(AdEMAMixError) in
        try unsafe step(
          ParameterBuffers(parameters: parameters, gradients: gradients),
          gradientScale: gradientScale, diagnostics: diagnostics)
      }
    }
  }

  /// Makes a step on parameters in a span:
  /// `optimizer.step(weights.mutableSpan, gradients: gradients.span)`.
  ///
  /// - Throws: ``AdEMAMixError`` as the step on an array does.
  @discardableResult
  public mutating func step(
    _ parameters: consuming MutableSpan<Scalar>, gradients: Span<Scalar>,
    gradientScale: Double = 1, diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe parameters.withUnsafeMutableBufferPointer {
      (parameters) throws(AdEMAMixError) in
      try unsafe gradients.withUnsafeBufferPointer {
        (gradients) throws(AdEMAMixError) in
        try unsafe step(
          ParameterBuffers(parameters: parameters, gradients: gradients),
          gradientScale: gradientScale, diagnostics: diagnostics)
      }
    }
  }

  /// Makes a step on parameters in separate arrays, one for each tensor of the
  /// layout.
  ///
  /// The result is that of one flat array, to the bit. Threads work on one
  /// array at a time: an array of less than 256 KiB is left to a single thread.
  ///
  /// - Throws: ``AdEMAMixError`` as the step on one array does.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @discardableResult
  public mutating func step(
    _ parameters: inout [[Scalar]], gradients: [[Scalar]],
    gradientScale: Double = 1, diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try execute(
      &parameters, StepCall(.step, gradientScale, diagnostics)
    ) {
      $0.gradients = gradients
    }
  }

  /// Makes a step on parameters behind pointers, all in one buffer.
  ///
  /// The buffers may start at any multiple of their elements' alignment.
  /// Gradients and a copy in bfloat16 need the engine `fused`.
  ///
  /// - Throws: ``AdEMAMixError`` as the step on an array does, for buffers that
  ///   are misaligned or overlap, and for bfloat16 with another engine. Then
  ///   nothing has changed.
  /// - Complexity: O(count of the shard).
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @discardableResult
  public mutating func step(
    _ buffers: ParameterBuffers<Scalar>, gradientScale: Double = 1,
    diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe execute(
      .flat(buffers), StepCall(.step, gradientScale, diagnostics))
  }

  /// Makes a step on parameters behind pointers, in a buffer for each tensor.
  ///
  /// The result is that of one flat buffer, to the bit.
  ///
  /// - Parameters:
  ///   - tensors: The memory of each tensor of the layout, in its order. A
  ///     tensor that the shard cuts has the elements inside; one outside it,
  ///     and the gradient of a frozen one, may be empty.
  ///   - gradientScale: The factor of this gradient.
  ///   - diagnostics: Whether the call measures for
  ///     ``StepReport/diagnostics``.
  /// - Returns: The report of the call.
  /// - Throws: ``AdEMAMixError`` as the step on one buffer does.
  /// - Complexity: O(count of the shard + number of tensors).
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @discardableResult
  public mutating func step(
    _ tensors: [ParameterBuffers<Scalar>], gradientScale: Double = 1,
    diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe execute(
      .tensors(tensors), StepCall(.step, gradientScale, diagnostics))
  }
}
