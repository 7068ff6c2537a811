//===--- AdEMAMix+Distributed.swift - a step of several owners ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// The counts of the run.
  package var runCounts: RunCounts { counts }

  /// The trees of the next call, which is to leave tensors alone where `names`
  /// has some.
  package func trees(leaving names: [String]) -> CallerTensors<Scalar> {
    if options.allowsMissingGradients || !names.isEmpty {
      workspace.tensors.allowMissingGradients()
    }
    return workspace.tensors
  }

  /// The tensors without a gradient in the step that has been prepared, in
  /// ascending order.
  package var tensorsWithoutGradient: [Int] { workspace.missing }

  /// Checks trees of all parameters.
  ///
  /// - Parameters:
  ///   - tensors: The trees.
  ///   - isInOwnForm: Whether they must have the form of this optimizer's
  ///     weights.
  /// - Throws: ``AdEMAMixError`` for trees that a step would not take.
  package mutating func checkWhole(
    _ tensors: CallerTensors<Scalar>, isInOwnForm: Bool = true
  ) throws(AdEMAMixError) {
    forgetMissing()
    if isInOwnForm { try checkForm(isSplit: tensors.hasSplitWeights) }
    do throws(MemoryFault) {
      try tensors.check(
        sizes: layout.tensorCounts.span, count: layout.count, .none,
        &workspace.bufferOrder)
    } catch {
      throw AdEMAMixError(error, layout)
    }
  }

  /// Checks a step on the memory of the whole model, and takes the memory that
  /// it needs: the others need not begin a step that one of them refuses.
  ///
  /// - Parameters:
  ///   - tensors: The trees of all parameters, of which ``shard`` will be
  ///     changed, and of the gradient of the loss by each of them.
  ///   - purpose: The purpose of the call.
  ///   - gradientScale: The factor of the sum of all owners' gradients.
  ///   - names: The names of tensors that the call leaves alone.
  ///   - diagnostics: Whether the step measures.
  /// - Returns: The plan of the step.
  /// - Throws: ``AdEMAMixError`` as the step on the shard does, but for its
  ///   gradient.
  package mutating func prepareDistributedStep(
    _ tensors: CallerTensors<Scalar>, _ purpose: StepPurpose,
    gradientScale: Double, leaving names: [String], diagnostics: Bool
  ) throws(AdEMAMixError) -> PreparedStep {
    let call = StepCall(purpose, gradientScale, diagnostics)
    try leave(names)
    try check(
      tensors, call, sizes: layout.tensorCounts, count: layout.count)
    return PreparedStep(plan: try prepare(call, isMixed: false))
  }

  /// Checks the weight of this owner's gradient.
  package func checkWeight(_ weight: Double) throws(AdEMAMixError) {
    try StepOptionName.weight.check(weight)
  }

  /// The step that has been prepared, with what the owners know together.
  ///
  /// - Parameters:
  ///   - step: The step.
  ///   - gradientScale: The factor of the weighted sum of their gradients.
  ///   - weight: The sum of the weights.
  ///   - missing: The tensors of which no owner has a gradient, in ascending
  ///     order.
  /// - Returns: The plan of the step.
  /// - Throws: ``AdEMAMixError`` for numbers that are not finite and positive.
  package mutating func settled(
    _ step: PreparedStep, gradientScale: Double, weight: Double,
    missing: [Int]
  ) throws(AdEMAMixError) -> PreparedStep {
    workspace.missing = missing
    let call = StepCall(
      step.plan.call.purpose, gradientScale, step.plan.call.measures,
      weight: weight)
    return PreparedStep(plan: try prepare(call, isMixed: false))
  }

  /// Makes a step that has been prepared, together with the owners of the other
  /// shards: all of them call this, and decide alike.
  ///
  /// - Parameters:
  ///   - step: The step that has been prepared.
  ///   - tensors: The trees of the preparation.
  ///   - shards: The shards of all owners.
  ///   - exchange: The way to the others.
  /// - Returns: A report as that of one optimizer of the whole.
  /// - Throws: ``AdEMAMixError`` for a gradient that the options refuse: all
  ///   owners throw the same, and nothing has changed.
  package mutating func distributedStep<Exchange: GradientExchange>(
    _ step: PreparedStep, _ tensors: CallerTensors<Scalar>,
    _ shards: ShardedLayout, _ exchange: Exchange
  ) throws(AdEMAMixError) -> StepReport where Exchange.Scalar == Scalar {
    try tensors.lend { (lent) throws(AdEMAMixError) in
      let model = ModelMemory(tensors, lent, layout.tensors)
      exchange.begin(model)
      defer { exchange.end() }
      var memory = DistributedMemory(
        model: model, shard: shard, shards: shards, exchange: exchange)
      let report = try execute(&memory, step.plan)
      if report.outcome == .completed {
        averageTensorsLeftAlone(lent, isOfModel: true)
      }
      finish(step.plan.call.purpose, report, lent, shards.whole)
      return report
    }
  }

  /// Does what a call leaves to each owner once the step is made, for all
  /// tensors of the model.
  private func finish(
    _ purpose: StepPurpose, _ report: StepReport,
    _ memory: CallerMemory<Scalar>, _ whole: TileGrid
  ) {
    let hasStepped = report.outcome == .completed
    for slice in whole.slices {
      let isMoved =
        hasStepped
        && (workspace.roles.isEmpty
          || workspace.roles[slice.tensor].operands != nil)
      if isMoved {
        unsafe memory.round(slice) { unsafe narrow($0, into: $1) }
      } else if purpose == .update {
        memory.clear(slice)
      }
    }
    if purpose == .update { for slice in whole.frozen { memory.clear(slice) } }
    if purpose == .completion { return }
    for slice in whole.slices { memory.clearGradients(slice) }
    for slice in whole.frozen { memory.clearGradients(slice) }
  }
}

extension ParameterLayout {
  /// The number of elements of each tensor.
  fileprivate var tensorCounts: [Int] { tensors.map(\.range.count) }
}
