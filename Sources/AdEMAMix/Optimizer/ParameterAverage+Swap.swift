//===--- ParameterAverage+Swap.swift - the averages into the model --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension ParameterAverage {
  /// Exchanges the averages with parameters: puts the averages into the model
  /// and keeps the weights, or, the second time, puts the same weights back.
  ///
  /// - Parameter parameters: A tree of the elements of all tensors. Threads
  ///   work on one array at a time, as in a step.
  /// - Throws: ``AdEMAMixError`` for a wrong count, and for memory that is
  ///   misaligned, overlaps or must not be changed. Then nothing has changed.
  /// - Complexity: O(``count`` + number of tensors), and O(n·log(n)) for n
  ///   buffers behind pointers where the order of their addresses is new.
  public mutating func swap<Parameters: TensorTree<Scalar>>(
    with parameters: inout Parameters
  ) throws(AdEMAMixError) {
    let tensors = tensors
    tensors.parameters.take(from: &parameters)
    defer { tensors.putBack(into: &parameters) }
    try swap(tensors)
  }

  /// Exchanges the averages with the parameters in a span:
  /// `average.swap(with: weights.mutableSpan)`.
  ///
  /// - Throws: ``AdEMAMixError`` for a wrong count. Then nothing has changed.
  /// - Complexity: O(``count``).
  public mutating func swap(
    with parameters: consuming MutableSpan<Scalar>
  ) throws(AdEMAMixError) {
    try unsafe parameters.withUnsafeMutableBufferPointer {
      (elements) throws(AdEMAMixError) in
      var parameters = unsafe elements
      try unsafe swap(with: &parameters)
    }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private mutating func swap(
    _ tensors: CallerTensors<Scalar>
  ) throws(AdEMAMixError) {
    try check(tensors)
    tensors.lend { run(.swap(fold: scale.value), $0) }
    completeSwap()
  }

  /// Notes that averages and weights have been exchanged.
  mutating func completeSwap() {
    // The averages were folded on their way out; weights have no scale.
    scale = LazyScale()
    isSwappedIn.toggle()
  }
}
