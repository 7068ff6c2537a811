//===--- AdEMAMix+Shared.swift - a step together with other optimizers ----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A step that has been checked, and can fail for its gradient alone.
package struct PreparedStep: Sendable {
  let batchCount: Int
}

extension AdEMAMix {
  /// What has been counted.
  package var runCounts: RunCounts { counts }

  /// Checks a step on the memory of the whole model, and takes the memory that
  /// it needs: the others need not begin a step that one of them refuses.
  ///
  /// - Parameters:
  ///   - parameters: All parameters, of which ``shard`` will be changed.
  ///   - gradients: The gradient of the loss by each of them.
  /// - Returns: What the step needs to know.
  /// - Throws: ``AdEMAMixError`` as the step on the shard does, but for its
  ///   gradient.
  package mutating func prepareSharedStep(
    _ parameters: UnsafeMutableBufferPointer<Scalar>,
    gradients: UnsafeMutableBufferPointer<Scalar>
  ) throws(AdEMAMixError) -> PreparedStep {
    guard parameters.count == layout.count else {
      throw .parameterCount(parameters.count, expected: layout.count)
    }
    guard gradients.count == layout.count else {
      throw .gradientCount(gradients.count, expected: layout.count)
    }
    try unsafe checkFlatMemory(
      UnsafeBufferPointer(parameters), UnsafeBufferPointer(gradients))
    return PreparedStep(batchCount: try prepareCall(.step))
  }

  /// Makes a step that has been prepared, together with the owners of the other
  /// shards: all of them call this, and decide alike.
  ///
  /// - Parameters:
  ///   - step: What ``prepareSharedStep(_:gradients:)`` returned.
  ///   - parameters: All parameters.
  ///   - gradients: All gradients, those of ``shard`` being there for the tiles
  ///     that `exchange` asks to work on.
  ///   - shards: The shards of all owners.
  ///   - exchange: The way to the others.
  /// - Returns: What the call did, as if one optimizer had the whole.
  /// - Throws: ``AdEMAMixError`` for a gradient that the options refuse: all
  ///   owners throw the same, and nothing has changed.
  package mutating func sharedStep<Exchange: ShardExchange>(
    _ step: PreparedStep, _ parameters: UnsafeMutableBufferPointer<Scalar>,
    gradients: UnsafeMutableBufferPointer<Scalar>, _ shards: SharedLayout,
    _ exchange: Exchange
  ) throws(AdEMAMixError) -> StepReport where Exchange.Scalar == Scalar {
    guard let flatParameters = parameters.baseAddress,
      let flatGradients = gradients.baseAddress
    else {
      var source = EmptySource<Scalar>()
      return try advance(&source, .step, of: step.batchCount)
    }
    let start = shard.lowerBound
    var source = unsafe SharedSource(
      memory: .flat(
        flatParameters + start,
        gradients: UnsafePointer(flatGradients) + start),
      shard: shard, shards: shards, exchange: exchange)
    return try advance(&source, .step, of: step.batchCount)
  }
}
