//===--- ParameterAverage+Swap.swift - the averages into the model --------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension ParameterAverage {
  /// Exchanges the averages with the parameters in an array: puts the averages
  /// into the model and keeps the weights, or, the second time, puts the same
  /// weights back.
  ///
  /// - Throws: ``ParameterAverageError`` for a wrong count. Then nothing has
  ///   changed.
  /// - Complexity: O(``count``).
  public mutating func swap(
    with parameters: inout [Scalar]
  ) throws(ParameterAverageError) {
    // Before a shared array would be copied in vain.
    try checkCount(parameters.count)
    try swap(with: parameters.mutableSpan)
  }

  /// Exchanges the averages with the parameters in a span:
  /// `average.swap(with: weights.mutableSpan)`.
  ///
  /// - Throws: ``ParameterAverageError`` for a wrong count.
  public mutating func swap(
    with parameters: consuming MutableSpan<Scalar>
  ) throws(ParameterAverageError) {
    try unsafe parameters.withUnsafeMutableBufferPointer {
      (parameters) throws(ParameterAverageError) in
      try unsafe swap(with: parameters)
    }
  }

  /// Exchanges the averages with the parameters in one buffer.
  ///
  /// No other thread may touch it during the call.
  ///
  /// - Throws: ``ParameterAverageError`` as the swap with an array does, and
  ///   for a buffer that is misaligned.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public mutating func swap(
    with parameters: UnsafeMutableBufferPointer<Scalar>
  ) throws(ParameterAverageError) {
    try unsafe checkFlat(UnsafeBufferPointer(parameters))
    if let parameters = parameters.baseAddress {
      unsafe swap(.flat(parameters))
    }
    completeSwap()
  }

  /// Exchanges the averages with the parameters in separate tensors. Their
  /// gradients are not looked at.
  ///
  /// - Throws: ``ParameterAverageError`` for wrong counts, and for buffers that
  ///   are misaligned or overlap. Then nothing has changed.
  /// - Complexity: O(``count`` + n·log(n)) for n tensors.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public mutating func swap(
    with tensors: [TensorBuffers<Scalar>]
  ) throws(ParameterAverageError) {
    try unsafe checkTensors(tensors)
    unsafe tensors.withUnsafeBufferPointer { tensors in
      if let first = tensors.baseAddress { unsafe swap(.separate(first)) }
    }
    completeSwap()
  }

  /// Exchanges the averages with the parameters in separate arrays, one for
  /// each tensor.
  ///
  /// Threads work on one array at a time: an array of less than 2 MiB is left
  /// to a single thread.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public mutating func swap(
    with tensors: inout [[Scalar]]
  ) throws(ParameterAverageError) {
    try checkTensors(tensors)
    for slice in grid.slices {
      unsafe tensors[slice.tensor].withUnsafeMutableBufferPointer { tensor in
        unsafe swap(.single(tensor.baseAddress), tiles: slice.tiles)
      }
    }
    completeSwap()
  }

  private func swap(
    _ memory: AveragedMemory<Scalar>, tiles: Range<Int>? = nil
  ) {
    unsafe AveragePass(
      grid: grid, averages: stored, memory: memory,
      work: .swap(fold: scale.value)
    ).run(tiles: tiles ?? 0..<grid.count, threadSplit)
  }

  private mutating func completeSwap() {
    // The averages were folded on their way out; weights have no scale.
    scale = LazyScale()
    isSwappedIn.toggle()
  }
}
