//===--- AdEMAMix+ReducedStep.swift - a step on sums that are there -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// Checks a step whose gradients the owners of all shards have summed before
  /// the call, and takes the memory that it needs.
  ///
  /// - Parameters:
  ///   - tensors: The trees of all parameters, of which ``shard`` will be
  ///     changed.
  ///   - gradientScale: The factor of the sums.
  ///   - weight: The sum of the owners' weights.
  ///   - missing: The tensors of which no owner has a gradient, in ascending
  ///     order.
  ///   - diagnostics: Whether the step measures.
  /// - Returns: The plan of the step, for
  ///   ``distributedStep(_:_:_:_:)``.
  /// - Throws: ``AdEMAMixError`` as other steps do, but for their gradients.
  package mutating func prepareReducedStep(
    _ tensors: CallerTensors<Scalar>, gradientScale: Double, weight: Double,
    missing: [Int], diagnostics: Bool
  ) throws(AdEMAMixError) -> PreparedStep {
    try checkWhole(tensors)
    workspace.missing = missing
    return PreparedStep(
      plan: try prepare(
        StepCall(.step, gradientScale, diagnostics, weight: weight),
        isMixed: false))
  }
}
