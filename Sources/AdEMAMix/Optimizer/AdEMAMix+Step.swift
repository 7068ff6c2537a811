//===--- AdEMAMix+Step.swift - one step, on memory of any kind ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

// A call on arrays of numbers has an overload of its own: literals such as
// [0.5, 1] have the right type, and the call is specialized here.

extension AdEMAMix {
  /// Makes a step.
  ///
  ///     try optimizer.step(&parameters, gradients: gradients)  // [Float]
  ///     try optimizer.step(&layers, gradients: gradients)      // [[Float]]
  ///     try optimizer.step(&model, gradients: gradient)        // a struct
  ///
  /// The result is the same for trees of any kind, to the bit. Threads work on
  /// one array at a time, unless all memory lies behind pointers: an array of
  /// less than 256 KiB is left to a single thread.
  ///
  /// - Parameters:
  ///   - parameters: The elements of ``shard``, changed in place. A tensor
  ///     outside the shard is empty.
  ///   - gradients: The gradient of the loss by each of them, in a tree of the
  ///     same or another type. Tensors of frozen groups may be empty.
  ///   - gradientScale: The factor of this gradient: 1 over the loss scale, or
  ///     over the number of ranks whose gradients were summed. Finite and
  ///     positive. It costs no pass over memory.
  ///   - weight: The weight of this gradient among those that accumulate, such
  ///     as the number of tokens in its micro-batch: see
  ///     ``GradientAccumulation``. It lies in 2^-60 ... 2^60.
  ///   - names: The names of tensors that the call leaves alone, as those
  ///     without a gradient: see ``StepOptions/allowsMissingGradients``. Their
  ///     gradients may be there or not.
  ///   - diagnostics: Whether the call measures gradients, moments and updates,
  ///     for ``StepReport/diagnostics``. It changes no bit of the result.
  /// - Returns: The report of the call; see ``options``.
  /// - Throws: ``AdEMAMixError`` for a wrong count or name of a tensor, memory
  ///   that is misaligned, overlaps or must not be changed, an option out of
  ///   range, a schedule that yields a value out of range, or a gradient that
  ///   the options refuse. Then nothing has changed.
  /// - Complexity: O(count of the shard + number of tensors). A name in `names`
  ///   behind that of a later tensor takes another walk over the tensors, and
  ///   buffers behind pointers are sorted where the order of their addresses is
  ///   new.
  @specialized(
    where
      Scalar == Float, Parameters == UnsafeMutableBufferPointer<Float>,
      Gradients == UnsafeBufferPointer<Float>
  )
  @specialized(
    where
      Scalar == Float, Parameters == [UnsafeMutableBufferPointer<Float>],
      Gradients == [UnsafeBufferPointer<Float>]
  )
  @specialized(
    where
      Scalar == Float, Parameters == [[Float]],
      Gradients == [[Float]]
  )
  @specialized(
    where
      Scalar == Double, Parameters == UnsafeMutableBufferPointer<Double>,
      Gradients == UnsafeBufferPointer<Double>
  )
  @specialized(
    where
      Scalar == Double, Parameters == [UnsafeMutableBufferPointer<Double>],
      Gradients == [UnsafeBufferPointer<Double>]
  )
  @specialized(
    where
      Scalar == Double, Parameters == [[Double]],
      Gradients == [[Double]]
  )
  @discardableResult
  public mutating func step<
    Parameters: TensorTree<Scalar>, Gradients: TensorTree<Scalar>
  >(
    _ parameters: inout Parameters, gradients: Gradients,
    gradientScale: Double = 1, weight: Double = 1,
    leaving names: [String] = [], diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try leave(names)
    let tensors = workspace.tensors
    tensors.parameters.take(from: &parameters, expected: layout.tensors)
    defer { tensors.putBack(into: &parameters) }
    tensors.gradients.read(gradients, expected: layout.tensors)
    return try execute(
      tensors, StepCall(.step, gradientScale, diagnostics, weight: weight))
  }

  /// Makes a step on parameters in one array, as the step on trees does.
  ///
  /// - Throws: ``AdEMAMixError`` as the step on trees does. Then nothing has
  ///   changed.
  /// - Complexity: O(count of the shard + number of tensors).
  @discardableResult
  public mutating func step(
    _ parameters: inout [Scalar], gradients: [Scalar],
    gradientScale: Double = 1, weight: Double = 1,
    diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    // Before a shared array would be copied in vain.
    try checkFlat(parameters.count, gradients: gradients.count)
    return try unsafe parameters.withUnsafeMutableBufferPointer {
      (parameters) throws(AdEMAMixError) in
      try unsafe gradients.withUnsafeBufferPointer {
        (gradients) throws(AdEMAMixError) in
        try unsafe execute(
          parameters, gradients: gradients,
          StepCall(.step, gradientScale, diagnostics, weight: weight))
      }
    }
  }

  /// Makes a step on parameters in a span:
  /// `optimizer.step(weights.mutableSpan, gradients: gradients.span)`.
  ///
  /// - Throws: ``AdEMAMixError`` as the step on trees does. Then nothing has
  ///   changed.
  /// - Complexity: O(count of the shard + number of tensors).
  @discardableResult
  public mutating func step(
    _ parameters: consuming MutableSpan<Scalar>, gradients: Span<Scalar>,
    gradientScale: Double = 1, weight: Double = 1,
    diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe parameters.withUnsafeMutableBufferPointer {
      (parameters) throws(AdEMAMixError) in
      try unsafe gradients.withUnsafeBufferPointer {
        (gradients) throws(AdEMAMixError) in
        try unsafe execute(
          parameters, gradients: gradients,
          StepCall(.step, gradientScale, diagnostics, weight: weight))
      }
    }
  }
}
