//===--- DistributedAdEMAMix+Step.swift - one step on all ranks -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix

extension DistributedAdEMAMix {
  /// Makes a step with the mean of all ranks' gradients.
  ///
  ///     try optimizer.step(&layers, gradients: gradients)       // [[Float]]
  ///     try optimizer.step(&model, gradients: gradient)         // a struct
  ///     try optimizer.step(&parameters, gradients: &gradients)  // in place
  ///
  /// The result is the same for trees of any kind, to the bit, and ranks may
  /// have trees of several kinds. A single array or buffer is sent from place
  /// to place. Separate tensors are packed into memory for two chunks of
  /// gradients and two of parameters.
  ///
  /// The sums over the ranks take 4 bytes, in `Double` 8, for each element
  /// whose moments this rank keeps, from the first such call on. The step on
  /// flat gradients that may be changed needs no memory for them.
  ///
  /// With `StepOptions.allowsMissingGradients` a tensor may lack its gradient.
  /// A gradient that some ranks lack counts as 0 there in the mean. A tensor
  /// whose gradient all ranks lack is left alone, as in a local step. Ranks
  /// exchange one bit a tensor to find out.
  ///
  /// - Parameters:
  ///   - parameters: A tree of all parameters, the same on all ranks. The step
  ///     changes them in place.
  ///   - gradients: The gradient of this rank's loss by each parameter. Tensors
  ///     of frozen groups may be empty.
  ///   - gradientScale: The factor of all ranks' gradients, the same on all
  ///     ranks: 1 over the loss scale. Finite and positive.
  ///   - weight: The weight of this rank's gradient in the mean, such as the
  ///     number of its tokens. It lies in 2^-60 ... 2^60, on all ranks or on
  ///     none, and in all micro-batches of a step or in none. `nil` makes the
  ///     mean one of equals.
  ///   - names: The names of tensors that the call leaves alone, the same on
  ///     all ranks. Their gradients may be there or not.
  ///   - diagnostics: Whether the call measures, for `StepReport.diagnostics`.
  /// - Returns: A report of the call, the same on all ranks.
  /// - Throws: ``DistributedError``, on all ranks. Then neither parameters nor
  ///   state have changed, unless the code is
  ///   ``DistributedError/Code/communication``.
  /// - Complexity: O(count of the layout) to communicate, O(count of the shard)
  ///   to compute.
  @discardableResult
  public mutating func step<
    Parameters: TensorTree<Scalar>, Gradients: TensorTree<Scalar>
  >(
    _ parameters: inout Parameters, gradients: Gradients,
    gradientScale: Double = 1, weight: Double? = nil,
    leaving names: [String] = [], diagnostics: Bool = false
  ) throws(DistributedError) -> StepReport {
    try checkIsUsable()
    let arguments = arguments(
      of: Scalar.self, gradientScale, weight, leaving: names, diagnostics)
    let tensors = state.trees(leaving: names)
    tensors.parameters.take(from: &parameters, expected: layout.tensors)
    defer { tensors.putBack(into: &parameters) }
    tensors.gradients.read(gradients, expected: layout.tensors)
    return try advance(tensors, .step, arguments, weight)
  }

  /// Makes a step on parameters and gradients in one array each, where the sums
  /// of the gradients are made in place.
  ///
  /// - Parameters:
  ///   - parameters: All parameters, the same on all ranks.
  ///   - gradients: The gradient of this rank's loss by each parameter. After
  ///     the call, the elements whose moments this rank keeps are sums over the
  ///     ranks, even if the gradient is refused. Other elements stay as they
  ///     were, and so do elements of frozen groups.
  ///   - gradientScale: The factor of all ranks' gradients.
  ///   - weight: The weight of this rank's gradient in the mean.
  ///   - diagnostics: Whether the call measures.
  /// - Returns: A report of the call, the same on all ranks.
  /// - Throws: ``DistributedError`` as the step on trees does, on all ranks.
  @discardableResult
  public mutating func step(
    _ parameters: inout [Scalar], gradients: inout [Scalar],
    gradientScale: Double = 1, weight: Double? = nil, diagnostics: Bool = false
  ) throws(DistributedError) -> StepReport {
    try unsafe parameters.withUnsafeMutableBufferPointer {
      (parameters) throws(DistributedError) in
      try unsafe gradients.withUnsafeMutableBufferPointer {
        (gradients) throws(DistributedError) in
        try unsafe step(
          parameters, gradients: gradients, gradientScale: gradientScale,
          weight: weight, diagnostics: diagnostics)
      }
    }
  }

  /// Makes a step on parameters and gradients in one buffer each, where the
  /// sums of the gradients are made in place.
  ///
  /// The rules are those of the step on arrays. The buffers must not overlap,
  /// and no other thread may touch either buffer during the call.
  ///
  /// - Parameters:
  ///   - parameters: All parameters, the same on all ranks.
  ///   - gradients: The gradient of this rank's loss by each parameter.
  ///   - gradientScale: The factor of all ranks' gradients.
  ///   - weight: The weight of this rank's gradient in the mean.
  ///   - diagnostics: Whether the call measures.
  /// - Returns: A report of the call, the same on all ranks.
  /// - Throws: ``DistributedError``, on all ranks.
  @discardableResult
  public mutating func step(
    _ parameters: UnsafeMutableBufferPointer<Scalar>,
    gradients: UnsafeMutableBufferPointer<Scalar>, gradientScale: Double = 1,
    weight: Double? = nil, diagnostics: Bool = false
  ) throws(DistributedError) -> StepReport {
    try checkIsUsable()
    let arguments = arguments(
      of: Scalar.self, gradientScale, weight, diagnostics)
    let tensors = state.trees(leaving: [])
    var parameters = unsafe parameters
    unsafe tensors.parameters.take(from: &parameters)
    defer { unsafe tensors.putBack(into: &parameters) }
    unsafe tensors.gradients.read(gradients)
    return try advance(tensors, .step, arguments, weight, isInPlace: true)
  }

  /// Makes a step on parameters in a span:
  /// `optimizer.step(weights.mutableSpan, gradients: gradients.span)`.
  ///
  /// - Throws: ``DistributedError`` as the step on trees does, on all ranks.
  @discardableResult
  public mutating func step(
    _ parameters: consuming MutableSpan<Scalar>, gradients: Span<Scalar>,
    gradientScale: Double = 1, weight: Double? = nil, diagnostics: Bool = false
  ) throws(DistributedError) -> StepReport {
    try unsafe parameters.withUnsafeMutableBufferPointer {
      (elements) throws(DistributedError) in
      var parameters = unsafe elements
      return try unsafe gradients.withUnsafeBufferPointer {
        (gradients) throws(DistributedError) in
        try unsafe step(
          &parameters, gradients: gradients, gradientScale: gradientScale,
          weight: weight, diagnostics: diagnostics)
      }
    }
  }

  /// Completes the step with the gradients that have accumulated on all ranks,
  /// as `AdEMAMix.completeStep(_:diagnostics:)` does.
  ///
  /// All ranks must make the same call.
  ///
  /// - Parameters:
  ///   - parameters: A tree of all parameters, the same on all ranks. The step
  ///     changes them in place.
  ///   - diagnostics: Whether the call measures.
  /// - Returns: A report of the call, the same on all ranks.
  /// - Throws: ``DistributedError``, on all ranks. Then neither parameters nor
  ///   state have changed, unless the code is
  ///   ``DistributedError/Code/communication``.
  /// - Complexity: O(count of the layout) to communicate, O(count of the shard)
  ///   to compute. No gradients are sent.
  @discardableResult
  public mutating func completeStep<Parameters: TensorTree<Scalar>>(
    _ parameters: inout Parameters, diagnostics: Bool = false
  ) throws(DistributedError) -> StepReport {
    try checkIsUsable()
    let tensors = state.trees(leaving: [])
    tensors.parameters.take(from: &parameters, expected: layout.tensors)
    defer { tensors.putBack(into: &parameters) }
    return try advance(
      tensors, .completion, StepArguments(diagnostics: diagnostics), nil)
  }

  /// Completes the step on parameters in a span.
  ///
  /// - Throws: ``DistributedError`` as the call on a tree does, on all ranks.
  @discardableResult
  public mutating func completeStep(
    _ parameters: consuming MutableSpan<Scalar>, diagnostics: Bool = false
  ) throws(DistributedError) -> StepReport {
    try unsafe parameters.withUnsafeMutableBufferPointer {
      (elements) throws(DistributedError) in
      try unsafe completeStep(elements, diagnostics: diagnostics)
    }
  }

  /// Completes the step on parameters in one buffer.
  ///
  /// No other thread may touch the buffer during the call.
  ///
  /// - Parameters:
  ///   - parameters: All parameters, the same on all ranks.
  ///   - diagnostics: Whether the call measures.
  /// - Returns: A report of the call, the same on all ranks.
  /// - Throws: ``DistributedError``, on all ranks.
  @discardableResult
  public mutating func completeStep(
    _ parameters: UnsafeMutableBufferPointer<Scalar>,
    diagnostics: Bool = false
  ) throws(DistributedError) -> StepReport {
    var parameters = unsafe parameters
    return try unsafe completeStep(&parameters, diagnostics: diagnostics)
  }
}

#endif
