//===--- DistributedAdEMAMix+Update.swift - an update of all ranks --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix

extension DistributedAdEMAMix {
  /// Makes a step, but writes the update of each parameter in place of applying
  /// it, as `AdEMAMix.writeUpdate(into:gradients:)` does.
  ///
  /// Updates are 0 where the call makes no step, in frozen groups, and in
  /// tensors that are left alone.
  ///
  /// - Parameters:
  ///   - updates: A tree of as many elements as there are parameters, all
  ///     overwritten: with the same numbers on all ranks.
  ///   - gradients: The gradient of this rank's loss by each parameter.
  ///   - gradientScale: The factor of all ranks' gradients, as in a step.
  ///   - weight: The weight of this rank's gradient in the mean, as in a step.
  ///   - names: The names of tensors that the call leaves alone, as in a step.
  ///   - diagnostics: Whether the call measures.
  /// - Returns: A report of the call, the same on all ranks.
  /// - Throws: ``DistributedError`` as a step does, on all ranks.
  /// - Complexity: O(count of the layout) to communicate, O(count of the shard)
  ///   to compute.
  @discardableResult
  public mutating func writeUpdate<
    Updates: TensorTree<Scalar>, Gradients: TensorTree<Scalar>
  >(
    into updates: inout Updates, gradients: Gradients,
    gradientScale: Double = 1, weight: Double? = nil,
    leaving names: [String] = [], diagnostics: Bool = false
  ) throws(DistributedError) -> StepReport {
    try checkIsUsable()
    let arguments = arguments(
      of: Scalar.self, gradientScale, weight, leaving: names, diagnostics)
    let tensors = state.trees(leaving: names)
    tensors.parameters.take(from: &updates, expected: layout.tensors)
    defer { tensors.putBack(into: &updates) }
    tensors.gradients.read(gradients, expected: layout.tensors)
    return try advance(tensors, .update, arguments, weight)
  }

  /// Writes the update into a span.
  ///
  /// - Throws: ``DistributedError`` as the call on trees does, on all ranks.
  @discardableResult
  public mutating func writeUpdate(
    into updates: consuming MutableSpan<Scalar>, gradients: Span<Scalar>,
    gradientScale: Double = 1, weight: Double? = nil, diagnostics: Bool = false
  ) throws(DistributedError) -> StepReport {
    try unsafe updates.withUnsafeMutableBufferPointer {
      (elements) throws(DistributedError) in
      var updates = unsafe elements
      return try unsafe gradients.withUnsafeBufferPointer {
        (gradients) throws(DistributedError) in
        try unsafe writeUpdate(
          into: &updates, gradients: gradients, gradientScale: gradientScale,
          weight: weight, diagnostics: diagnostics)
      }
    }
  }
}

#endif
