//===--- AdEMAMix+Distributed.swift - a step of several owners ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
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
  ///   - gradientScale: The factor of the sum of all owners' gradients.
  ///   - diagnostics: Whether the step measures.
  /// - Returns: The plan of the step.
  /// - Throws: ``AdEMAMixError`` as the step on the shard does, but for its
  ///   gradient.
  package mutating func prepareDistributedStep(
    _ parameters: UnsafeMutableBufferPointer<Scalar>,
    gradients: UnsafeMutableBufferPointer<Scalar>?, gradientScale: Double,
    diagnostics: Bool
  ) throws(AdEMAMixError) -> PreparedStep {
    let call = unsafe StepCall(
      gradients == nil ? .completion : .step, gradientScale, diagnostics)
    forgetMissing()
    let tensors = unsafe CallerTensors(parameters, gradients)
    do throws(MemoryFault) {
      try tensors.check(
        sizes: [layout.count].span, count: layout.count,
        call.purpose == .completion ? .none : .needed(layout),
        &workspace.bufferOrder)
    } catch {
      throw AdEMAMixError(error, layout)
    }
    return PreparedStep(plan: try prepare(call, isMixed: false))
  }

  /// Checks the weight of this owner's gradient.
  package func checkWeight(_ weight: Double) throws(AdEMAMixError) {
    try StepOptionName.weight.check(weight)
  }

  /// The step that has been prepared, with the weights of all owners'
  /// gradients.
  ///
  /// - Parameters:
  ///   - gradientScale: The factor of the weighted sum of their gradients.
  ///   - weight: The sum of the weights.
  ///   - diagnostics: Whether the step measures.
  /// - Returns: The plan of the step.
  /// - Throws: ``AdEMAMixError`` for numbers that are not finite and positive.
  package mutating func weighed(
    gradientScale: Double, weight: Double, diagnostics: Bool
  ) throws(AdEMAMixError) -> PreparedStep {
    let call = StepCall(.step, gradientScale, diagnostics, weight: weight)
    return PreparedStep(plan: try prepare(call, isMixed: false))
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
    let tensors = unsafe CallerTensors(
      UnsafeMutableBufferPointer(rebasing: parameters[shard]),
      gradients.map {
        unsafe UnsafeMutableBufferPointer(rebasing: $0[shard])
      })
    return try tensors.lend { (own) throws(AdEMAMixError) in
      var memory = DistributedMemory(
        own: own, shard: shard, shards: shards, exchange: exchange)
      return try execute(&memory, step.plan)
    }
  }
}

extension CallerTensors {
  /// Flat buffers of parameters and gradients.
  fileprivate convenience init(
    _ parameters: UnsafeMutableBufferPointer<Scalar>,
    _ gradients: UnsafeMutableBufferPointer<Scalar>?
  ) {
    self.init()
    var parameters = unsafe parameters
    unsafe self.parameters.take(from: &parameters)
    if let gradients = unsafe gradients {
      unsafe self.gradients.read(gradients)
    }
  }
}
