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
  /// - Throws: ``AdEMAMixError`` for a wrong count. Then nothing has
  ///   changed.
  /// - Complexity: O(``count``).
  public mutating func swap(
    with parameters: inout [Scalar]
  ) throws(AdEMAMixError) {
    // Before a shared array would be copied in vain.
    try checkCount(parameters.count)
    try swap(with: parameters.mutableSpan)
  }

  /// Exchanges the averages with the parameters in a span:
  /// `average.swap(with: weights.mutableSpan)`.
  ///
  /// - Throws: ``AdEMAMixError`` for a wrong count.
  public mutating func swap(
    with parameters: consuming MutableSpan<Scalar>
  ) throws(AdEMAMixError) {
    try unsafe parameters.withUnsafeMutableBufferPointer {
      (parameters) throws(AdEMAMixError) in
      try unsafe swap(with: ParameterBuffers(parameters: parameters))
    }
  }

  /// Exchanges the averages with the parameters in separate arrays, one for
  /// each tensor.
  ///
  /// Threads work on one array at a time: an array of less than 256 KiB is left
  /// to a single thread.
  ///
  /// - Throws: ``AdEMAMixError`` for a wrong count.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public mutating func swap(
    with tensors: inout [[Scalar]]
  ) throws(AdEMAMixError) {
    try CallerMemory.with(&tensors) { (memory) throws(AdEMAMixError) in
      try swap(&memory)
    }
  }

  /// Exchanges the averages with the parameters in one buffer. Its gradients
  /// are not looked at.
  ///
  /// - Throws: ``AdEMAMixError`` as the swap with an array does, and
  ///   for a buffer that is misaligned.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public mutating func swap(
    with buffers: ParameterBuffers<Scalar>
  ) throws(AdEMAMixError) {
    var memory = unsafe CallerMemory.flat(buffers)
    try swap(&memory)
  }

  /// Exchanges the averages with the parameters in separate tensors. Their
  /// gradients are not looked at.
  ///
  /// - Throws: ``AdEMAMixError`` for wrong counts, and for buffers that
  ///   are misaligned or overlap. Then nothing has changed.
  /// - Complexity: O(``count`` + n·log(n)) for n tensors.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public mutating func swap(
    with tensors: [ParameterBuffers<Scalar>]
  ) throws(AdEMAMixError) {
    var memory = unsafe CallerMemory.tensors(tensors)
    try swap(&memory)
  }

  private mutating func swap(
    _ memory: inout CallerMemory<Scalar>
  ) throws(AdEMAMixError) {
    try check(memory)
    run(.swap(fold: scale.value), &memory)
    // The averages were folded on their way out; weights have no scale.
    scale = LazyScale()
    isSwappedIn.toggle()
  }
}
