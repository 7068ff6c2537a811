//===--- AdEMAMix+Step.swift - one step, on memory of any shape -----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Steps on pointers are specialized here, since a client's call would run on
// generic code otherwise, and a step on 1000 parameters take three times as
// long.

extension AdEMAMix {
  /// Makes a step on parameters in one array.
  ///
  /// - Parameters:
  ///   - parameters: The elements of ``shard``, changed in place.
  ///   - gradients: The gradient of the loss by each of them.
  /// - Returns: The report of the call; see ``options``.
  /// - Throws: ``AdEMAMixError`` for a wrong count, an option out of range, a
  ///   schedule that yields a value out of range, or a gradient that the
  ///   options refuse. Then nothing has changed.
  /// - Complexity: O(count of the shard).
  @discardableResult
  public mutating func step(
    _ parameters: inout [Scalar], gradients: [Scalar]
  ) throws(AdEMAMixError) -> StepReport {
    // Before a shared array would be copied in vain.
    try checkFlatCounts(parameters.count, gradients.count)
    return try unsafe parameters.withUnsafeMutableBufferPointer {
      (parameters) throws(AdEMAMixError) in
      try unsafe gradients.withUnsafeBufferPointer {
        (gradients) throws(AdEMAMixError) in
        try unsafe step(parameters, gradients: gradients)
      }
    }
  }

  /// Makes a step on parameters in a span:
  /// `optimizer.step(weights.mutableSpan, gradients: gradients.span)`.
  ///
  /// - Throws: ``AdEMAMixError`` as the step on an array does.
  @discardableResult
  public mutating func step(
    _ parameters: consuming MutableSpan<Scalar>, gradients: Span<Scalar>
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe parameters.withUnsafeMutableBufferPointer {
      (parameters) throws(AdEMAMixError) in
      try unsafe gradients.withUnsafeBufferPointer {
        (gradients) throws(AdEMAMixError) in
        try unsafe step(parameters, gradients: gradients)
      }
    }
  }

  /// Makes a step on parameters in one buffer.
  ///
  /// The buffers may start at any multiple of the scalar's alignment. They must
  /// not overlap, and no other thread may touch them during the call.
  ///
  /// - Throws: ``AdEMAMixError`` as the step on an array does, and for buffers
  ///   that are misaligned or overlap.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @discardableResult
  public mutating func step(
    _ parameters: UnsafeMutableBufferPointer<Scalar>,
    gradients: UnsafeBufferPointer<Scalar>
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe execute(parameters, gradients: gradients, .step)
  }

  /// Makes a step on parameters in separate tensors.
  ///
  /// The result is that of one flat buffer, to the bit.
  ///
  /// - Parameter tensors: The memory of each tensor of the layout, in its
  ///   order. A tensor that the shard cuts has the elements inside; one outside
  ///   it, and the gradient of a frozen one, may be empty. Gradients may share
  ///   memory with each other, but with no parameters.
  /// - Returns: The report of the call; see ``options``.
  /// - Throws: ``AdEMAMixError`` as the step on an array does, and for buffers
  ///   that are misaligned or overlap. Then nothing has changed.
  /// - Complexity: O(count of the shard + number of tensors).
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @discardableResult
  public mutating func step(
    _ tensors: [TensorBuffers<Scalar>]
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe execute(tensors, .step)
  }

  /// Makes a step on parameters in separate arrays, one for each tensor of the
  /// layout.
  ///
  /// The result is that of one flat buffer, to the bit. Threads work on one
  /// array at a time: an array of less than 2 MiB is left to a single thread.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @discardableResult
  public mutating func step(
    _ parameters: inout [[Scalar]], gradients: [[Scalar]]
  ) throws(AdEMAMixError) -> StepReport {
    try execute(&parameters, gradients: gradients, .step)
  }
}
