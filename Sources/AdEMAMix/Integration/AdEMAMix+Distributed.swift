//===--- AdEMAMix+Distributed.swift - a step of several owners ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// The counts of the run.
  package var runCounts: RunCounts { counts }

  /// Checks a step on the memory of the whole model, and takes the memory that
  /// it needs: the others need not begin a step that one of them refuses.
  ///
  /// - Parameters:
  ///   - parameters: All parameters, of which ``shard`` will be changed.
  ///   - gradients: The gradient of the loss by each of them. `nil` completes
  ///     the step with what has accumulated.
  /// - Returns: The plan of the step.
  /// - Throws: ``AdEMAMixError`` as the step on the shard does, but for its
  ///   gradient.
  package mutating func prepareDistributedStep(
    _ parameters: UnsafeMutableBufferPointer<Scalar>,
    gradients: UnsafeMutableBufferPointer<Scalar>?
  ) throws(AdEMAMixError) -> PreparedStep {
    guard parameters.count == layout.count else {
      throw .parameterCount(parameters.count, expected: layout.count)
    }
    var purpose = StepPurpose.completion
    if let gradients = unsafe gradients {
      purpose = .step
      guard gradients.count == layout.count else {
        throw .gradientCount(gradients.count, expected: layout.count)
      }
      try unsafe checkFlatMemory(
        UnsafeBufferPointer(parameters), UnsafeBufferPointer(gradients))
    }
    return PreparedStep(plan: try prepare(purpose))
  }

  /// Makes a step that has been prepared, together with the owners of the other
  /// shards: all of them call this, and decide alike.
  ///
  /// - Parameters:
  ///   - step: The step from ``prepareDistributedStep(_:gradients:)``.
  ///   - parameters: All parameters.
  ///   - gradients: All gradients, those of ``shard`` being there for the tiles
  ///     that `exchange` asks to work on. `nil` as in the preparation.
  ///   - shards: The shards of all owners.
  ///   - exchange: The way to the others.
  /// - Returns: A report as that of one optimizer of the whole.
  /// - Throws: ``AdEMAMixError`` for a gradient that the options refuse: all
  ///   owners throw the same, and nothing has changed.
  package mutating func distributedStep<Exchange: GradientExchange>(
    _ step: PreparedStep, _ parameters: UnsafeMutableBufferPointer<Scalar>,
    gradients: UnsafeMutableBufferPointer<Scalar>?, _ shards: ShardedLayout,
    _ exchange: Exchange
  ) throws(AdEMAMixError) -> StepReport where Exchange.Scalar == Scalar {
    // An address that is not read, where there are none.
    let read = unsafe gradients ?? parameters
    guard let flatParameters = parameters.baseAddress,
      let flatGradients = read.baseAddress
    else {
      var source = EmptySource<Scalar>()
      return try execute(&source, step.plan)
    }
    let start = shard.lowerBound
    var source = unsafe DistributedMemory(
      memory: .flat(
        flatParameters + start,
        gradients: UnsafePointer(flatGradients) + start),
      shard: shard, shards: shards, exchange: exchange)
    return try execute(&source, step.plan)
  }
}
