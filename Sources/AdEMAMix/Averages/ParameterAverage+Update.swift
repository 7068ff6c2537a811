//===--- ParameterAverage+Update.swift - takes in the parameters ----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

// Specialized for pointers as a step is, and for the same reason.

extension ParameterAverage {
  /// Takes in the parameters of one array.
  ///
  /// - Throws: ``ParameterAverageError`` for a wrong count, a decay out of
  ///   range, or while the averages are in the model. Then nothing has changed.
  /// - Complexity: O(``count``).
  public mutating func update(
    with parameters: [Scalar]
  ) throws(ParameterAverageError) {
    try update(with: parameters.span)
  }

  /// Takes in the parameters of a span.
  ///
  /// Like the update with an array otherwise.
  public mutating func update(
    with parameters: Span<Scalar>
  ) throws(ParameterAverageError) {
    try unsafe parameters.withUnsafeBufferPointer {
      (parameters) throws(ParameterAverageError) in
      try unsafe update(with: parameters)
    }
  }

  /// Takes in the parameters of one buffer.
  ///
  /// No other thread may change it during the call.
  ///
  /// - Throws: ``ParameterAverageError`` as the update with an array does, and
  ///   for a buffer that is misaligned.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public mutating func update(
    with parameters: UnsafeBufferPointer<Scalar>
  ) throws(ParameterAverageError) {
    try unsafe checkFlat(parameters)
    let next = try next()
    if let parameters = parameters.baseAddress {
      unsafe update(next.update, .flat(reading: parameters))
    }
    complete(next.scale)
  }

  /// Takes in the parameters of separate tensors, as they were given to the
  /// optimizer. Their gradients are not looked at.
  ///
  /// - Throws: ``ParameterAverageError`` for wrong counts, a buffer that is
  ///   misaligned, a decay out of range, or while the averages are in the model.
  ///   Then nothing has changed.
  /// - Complexity: O(``count`` + number of tensors).
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public mutating func update(
    with tensors: [TensorBuffers<Scalar>]
  ) throws(ParameterAverageError) {
    try unsafe checkTensors(tensors)
    let next = try next()
    unsafe tensors.withUnsafeBufferPointer { tensors in
      if let first = tensors.baseAddress {
        unsafe update(next.update, .separate(first))
      }
    }
    complete(next.scale)
  }

  /// Takes in the parameters of separate arrays, one for each tensor.
  ///
  /// Like the update with separate tensors, but threads work on one array at a
  /// time: one of less than 2 MiB is left to a single thread.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public mutating func update(
    with tensors: [[Scalar]]
  ) throws(ParameterAverageError) {
    try checkTensors(tensors)
    let next = try next()
    for segment in plan.segments {
      unsafe tensors[segment.tensor].withUnsafeBufferPointer { tensor in
        unsafe update(
          next.update, .single(reading: tensor.baseAddress),
          tiles: segment.tiles)
      }
    }
    complete(next.scale)
  }

  /// What the next update does. It completes with ``complete(_:)``.
  private func next() throws(ParameterAverageError) -> (
    scale: LazyScale, update: LazyScale.Update
  ) {
    guard !isSwappedIn else { throw .isSwappedIn }
    return try scale.decayed(by: decay, after: updateCount)
  }

  private func update(
    _ update: LazyScale.Update, _ memory: AveragedMemory<Scalar>,
    tiles: Range<Int>? = nil
  ) {
    unsafe AveragePass(
      plan: plan, averages: stored, memory: memory, work: .update(update)
    ).run(tiles: tiles ?? 0..<plan.count, splitting)
  }

  private mutating func complete(_ scale: LazyScale) {
    self.scale = scale
    updateCount += 1
  }
}
