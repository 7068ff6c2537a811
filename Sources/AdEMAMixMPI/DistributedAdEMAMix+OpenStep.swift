//===--- DistributedAdEMAMix+OpenStep.swift - sums as gradients come ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix
internal import CMPI

extension DistributedAdEMAMix {
  /// Makes a step of which the tensors get their gradients one after the other:
  /// each is sent as soon as the backward pass has it, while the pass goes on.
  ///
  ///     try optimizer.openStep(&model) { step, model in
  ///       for index in model.layers.indices.reversed() {
  ///         let gradient = backward(&flow, through: model.layers[index])
  ///         try step.update("layers.\(index)", gradients: gradient)
  ///       }
  ///     }
  ///
  /// The step ends with the closure: the call waits for what is left of the
  /// sums, updates the parameters, and gathers them. The result has the bits of
  /// the same step at once, with each ``StatePlacement``. All options work,
  /// since decisions about the whole gradient are made at the end.
  ///
  /// Ranks must open a step with the same arguments. Each may hand over the
  /// tensors in an order of its own. A rank makes all ranks throw if its
  /// closure throws, or if it lacks a gradient that the options do not allow it
  /// to lack. The rank sends gradients of 0 in the place of those that it
  /// lacks, so that no other rank waits for them.
  ///
  /// Gradients are sent in the scalar type, or in bfloat16 with
  /// ``sendsBFloat16Gradients``. The sums take 4 bytes, in `Double` 8, for each
  /// element whose moments this rank keeps. A rank also has copies of the
  /// gradients that are under way, and receives as many. If the network is
  /// slower than the backward pass, these are nearly all gradients at the end
  /// of the pass. The memory is kept for the next step.
  ///
  /// - Parameters:
  ///   - parameters: A tree of all parameters, the same on all ranks. The step
  ///     changes them in place once `body` has ended.
  ///   - gradientScale: The factor of all ranks' gradients, as in other steps.
  ///   - weight: The weight of this rank's gradient in the mean, as in other
  ///     steps.
  ///   - diagnostics: Whether the call measures.
  ///   - body: Hands over the gradients. Its second argument are the
  ///     parameters.
  /// - Returns: A report of the call, the same on all ranks.
  /// - Throws: ``DistributedError`` as other steps do, on all ranks, and for
  ///   a model that frozen tensors part into more pieces than MPI has tags for:
  ///   16,384, or more; and the error of `body` on its rank, where others throw
  ///   ``DistributedError/Code/otherRankRefused``. Then neither parameters nor
  ///   state have changed, unless the code is
  ///   ``DistributedError/Code/communication``.
  /// - Complexity: O(count of the layout + number of tensors · number of
  ///   ranks).
  @discardableResult
  public mutating func openStep<Parameters: TensorTree<Scalar>>(
    _ parameters: inout Parameters, gradientScale: Double = 1,
    weight: Double? = nil, diagnostics: Bool = false,
    _ body: (DistributedOpenStep<Scalar>, Parameters) throws -> Void
  ) throws -> StepReport {
    try checkIsUsable()
    let local = CallArguments(
      gradientScale: gradientScale, diagnostics: diagnostics)
    let scale = gradientScale / Double(rankCount)
    let weights = try begin(
      &parameters, local, scale,
      roundsGradients
        ? arguments(of: BFloat16.self, gradientScale, weight, diagnostics)
        : arguments(of: Scalar.self, gradientScale, weight, diagnostics),
      weight)
    let buckets = try currentBucketExchange()
    unsafe buckets.begin(
      exchange.reserveSums(), isBFloat16: roundsGradients, weights: weights)
    let step = DistributedOpenStep(
      layout, buckets, isBFloat16: roundsGradients,
      allowsMissing: state.options.allowsMissingGradients)
    let result = Result<Void, any Error> { try body(step, parameters) }
    let missing = step.end()
    if let failure = buckets.failure {
      isBroken = true
      throw failure
    }
    var failure: DistributedError?
    if case .failure(let error) = result {
      failure = error as? DistributedError ?? .openStep(error)
    } else if !missing.isEmpty, !state.options.allowsMissingGradients {
      failure = .optimizer(
        .missingGradients(missing.map { layout.tensors[$0].name }))
    }
    do throws(DistributedError) {
      return try end(
        &parameters, local, scale, weights, missing: missing, failure)
    } catch {
      // The rank's own error says more.
      _ = try result.get()
      throw error
    }
  }

  /// Checks an open step before it begins, on all ranks.
  ///
  /// - Returns: The weights of all ranks; none where all are 1.
  private mutating func begin<Parameters: TensorTree<Scalar>>(
    _ parameters: inout Parameters, _ local: CallArguments, _ scale: Double,
    _ arguments: StepArguments, _ weight: Double?
  ) throws(DistributedError) -> [Double] {
    let tensors = state.trees(leaving: [])
    tensors.parameters.take(from: &parameters, expected: layout.tensors)
    defer { tensors.putBack(into: &parameters) }
    let prepared = prepared { optimizer throws(AdEMAMixError) in
      try local.check()
      try optimizer.checkWeight(weight ?? 1)
      try optimizer.checkRecord()
      return try optimizer.prepareReducedStep(
        tensors, gradientScale: scale, weight: 1, missing: [],
        diagnostics: local.diagnostics)
    }
    _ = try agree(on: prepared, in: .openStep, arguments)
    try compareParameters(tensors, before: .step)
    guard let weight else { return [] }
    return try communicator.ranks.gather(weight)
  }

  /// Makes the step of sums that are there, unless a rank refuses it.
  private mutating func end<Parameters: TensorTree<Scalar>>(
    _ parameters: inout Parameters, _ local: CallArguments, _ scale: Double,
    _ weights: [Double], missing: [Int], _ failure: DistributedError?
  ) throws(DistributedError) -> StepReport {
    let tensors = state.trees(leaving: [])
    tensors.parameters.take(from: &parameters, expected: layout.tensors)
    defer { tensors.putBack(into: &parameters) }
    var failure = failure
    if failure == nil {
      // The closure has had memory behind pointers.
      let checked = prepared { optimizer throws(AdEMAMixError) in
        try optimizer.checkWhole(tensors)
      }
      if case .failure(let error) = checked { failure = error }
    }
    try communicator.ranks.agree(failure)
    let missing =
      state.options.allowsMissingGradients ? try common(missing) : []
    let total = weights.reduce(0, +)
    // All ranks have the same numbers, and throw alike.
    let step = try prepared { optimizer throws(AdEMAMixError) in
      try optimizer.prepareReducedStep(
        tensors,
        gradientScale: weights.isEmpty ? scale : local.gradientScale / total,
        weight: weights.isEmpty ? 1 : total, missing: missing,
        diagnostics: local.diagnostics)
    }.get()
    exchange.prepareForSums()
    let (shards, exchange) = (shards, exchange)
    let result = prepared { optimizer throws(AdEMAMixError) in
      let report = try optimizer.distributedStep(
        step, tensors, shards, exchange)
      optimizer.lastArguments = local
      return report
    }
    if let failure = exchange.failure {
      isBroken = true
      throw failure
    }
    return try result.get()
  }

  /// The exchange of open steps, made at the first.
  ///
  /// - Throws: ``DistributedError``, the same on all ranks, for more buckets
  ///   than there are tags for their messages.
  private mutating func currentBucketExchange()
    throws(DistributedError) -> BucketExchange<Scalar>
  {
    if let bucketExchange { return bucketExchange }
    let plan = BucketPlan(
      layout, shards.bounds, rankCount: rankCount, pieceCount: pieceCount,
      of: Scalar.self)
    // Each bucket has two tags, and the first tag is 0.
    let limit = (Int(cmpi_largest_tag()) + 1) / 2
    guard plan.buckets.count <= limit else {
      throw .bucketCount(plan.buckets.count, limit: limit)
    }
    let made = BucketExchange<Scalar>(
      between: communicator.ranks, plan,
      shard: placement == .sharded ? shard : 0..<layout.count,
      state.threadSplit)
    bucketExchange = made
    return made
  }
}

#endif
