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
  /// ``sendsBFloat16Gradients``. Weights that are split, and parameters that
  /// have a copy in bfloat16, have calls of their own.
  ///
  /// The sums take 4 bytes, in `Double` 8, for each element whose moments this
  /// rank keeps. A rank also has copies of the gradients that are under way,
  /// and receives as many. If the network is slower than the backward pass,
  /// these are nearly all gradients at the end of the pass. The memory is kept
  /// for the next step.
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
    let expected = layout.tensors
    return try openStep(
      CallArguments(gradientScale: gradientScale, diagnostics: diagnostics),
      weight, isBFloat16: roundsGradients
    ) {
      $0.parameters.take(from: &parameters, expected: expected)
    } puttingBack: {
      $0.putBack(into: &parameters)
    } body: {
      try body($0, parameters)
    }
  }

  /// Makes an open step on trees of any kind.
  ///
  /// - Parameters:
  ///   - local: The arguments of the step.
  ///   - weight: The weight of this rank's gradient.
  ///   - isBFloat16: Whether gradients are sent in bfloat16.
  ///   - take: Takes the trees of the caller.
  ///   - putBack: Returns the trees. The caller has them while the step is
  ///     open.
  ///   - body: Hands over the gradients.
  /// - Returns: A report of the call.
  /// - Throws: ``DistributedError``, and the error of `body`.
  fileprivate mutating func openStep(
    _ local: CallArguments, _ weight: Double?, isBFloat16: Bool,
    taking take: (CallerTensors<Scalar>) -> Void,
    puttingBack putBack: (CallerTensors<Scalar>) -> Void,
    body: (DistributedOpenStep<Scalar>) throws -> Void
  ) throws -> StepReport {
    try checkIsUsable()
    let scale = local.gradientScale / Double(rankCount)
    let weights = try withTrees(take, putBack) {
      (optimizer, tensors) throws(DistributedError) in
      try optimizer.begin(tensors, local, scale, weight, isBFloat16: isBFloat16)
    }
    let buckets = try currentBucketExchange()
    unsafe buckets.begin(
      exchange.reserveSums(), isBFloat16: isBFloat16, weights: weights)
    let step = DistributedOpenStep(
      layout, buckets, isBFloat16: isBFloat16,
      allowsMissing: state.options.allowsMissingGradients)
    let result = Result<Void, any Error> { try body(step) }
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
      return try withTrees(take, putBack) {
        (optimizer, tensors) throws(DistributedError) in
        try optimizer.end(
          tensors, local, scale, weights, missing: missing, failure)
      }
    } catch {
      // The rank's own error says more.
      _ = try result.get()
      throw error
    }
  }

  /// Makes a part of an open step that has the trees.
  private mutating func withTrees<Result>(
    _ take: (CallerTensors<Scalar>) -> Void,
    _ putBack: (CallerTensors<Scalar>) -> Void,
    _ part: (
      inout DistributedAdEMAMix, CallerTensors<Scalar>
    ) throws(DistributedError) -> Result
  ) throws(DistributedError) -> Result {
    let tensors = state.trees(leaving: [])
    take(tensors)
    defer { putBack(tensors) }
    return try part(&self, tensors)
  }

  /// Checks an open step before it begins, on all ranks.
  ///
  /// - Returns: The weights of all ranks; none where all are 1.
  private mutating func begin(
    _ tensors: CallerTensors<Scalar>, _ local: CallArguments, _ scale: Double,
    _ weight: Double?, isBFloat16: Bool
  ) throws(DistributedError) -> [Double] {
    let arguments =
      isBFloat16
      ? arguments(
        of: BFloat16.self, local.gradientScale, weight, local.diagnostics)
      : arguments(
        of: Scalar.self, local.gradientScale, weight, local.diagnostics)
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
  private mutating func end(
    _ tensors: CallerTensors<Scalar>, _ local: CallArguments, _ scale: Double,
    _ weights: [Double], missing: [Int], _ failure: DistributedError?
  ) throws(DistributedError) -> StepReport {
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

extension DistributedAdEMAMix where Scalar == Float {
  /// Makes an open step on weights that are split.
  ///
  ///     try optimizer.openStep(&weights) { step, weights in
  ///       for index in weights.layers.indices.reversed() {
  ///         let gradient = backward(&flow, through: weights.layers[index])
  ///         try step.update("layers.\(index)", gradients: gradient)
  ///       }
  ///     }
  ///
  /// Weights and gradients are sent in bfloat16: 2 bytes an element each.
  /// Gradients in `Float` become the nearest bfloat16 first. The result has the
  /// bits of the step at once on the same weights and gradients.
  ///
  /// - Parameters:
  ///   - weights: A tree of the upper parts of all weights, the same on all
  ///     ranks. The step changes them in place once `body` has ended.
  ///   - gradientScale: The factor of all ranks' gradients, as in other steps.
  ///   - weight: The weight of this rank's gradient in the mean, as in other
  ///     steps.
  ///   - diagnostics: Whether the call measures.
  ///   - body: Hands over the gradients. Its second argument are the weights.
  /// - Returns: A report of the call, the same on all ranks.
  /// - Throws: ``DistributedError`` as the open step on parameters does, on all
  ///   ranks, and for an optimizer whose weights are not split; and the error
  ///   of `body`.
  /// - Complexity: O(count of the layout + number of tensors · number of
  ///   ranks).
  @discardableResult
  public mutating func openStep<Weights: TensorTree<BFloat16>>(
    _ weights: inout Weights, gradientScale: Double = 1,
    weight: Double? = nil, diagnostics: Bool = false,
    _ body: (DistributedOpenStep<Float>, Weights) throws -> Void
  ) throws -> StepReport {
    let expected = layout.tensors
    return try openStep(
      CallArguments(gradientScale: gradientScale, diagnostics: diagnostics),
      weight, isBFloat16: true
    ) {
      $0.weights.take(from: &weights, expected: expected)
    } puttingBack: {
      $0.putBack(weights: &weights)
    } body: {
      try body($0, weights)
    }
  }

  /// Makes an open step that keeps a copy of the parameters in bfloat16, with
  /// which forward and backward passes are made.
  ///
  ///     try optimizer.openStep(&weights, bfloat16Copy: &model) {
  ///       step, model in
  ///       for index in model.layers.indices.reversed() {
  ///         let gradient = backward(&flow, through: model.layers[index])
  ///         try step.update("layers.\(index)", gradients: gradient)
  ///       }
  ///     }
  ///
  /// Gradients are sent in bfloat16: 2 bytes an element. Gradients in `Float`
  /// become the nearest bfloat16 first. The result has the bits of the step at
  /// once that keeps a copy.
  ///
  /// - Parameters:
  ///   - parameters: A tree of all parameters, the same on all ranks. The step
  ///     changes them in place once `body` has ended.
  ///   - copy: As many elements: each becomes the bfloat16 that is nearest to
  ///     its parameter after the step. Parameters of frozen groups, tensors
  ///     that are left alone, and all of them where the call makes no step,
  ///     leave theirs as they were.
  ///   - gradientScale: The factor of all ranks' gradients, as in other steps.
  ///   - weight: The weight of this rank's gradient in the mean, as in other
  ///     steps.
  ///   - diagnostics: Whether the call measures.
  ///   - body: Hands over the gradients. Its second argument is the copy.
  /// - Returns: A report of the call, the same on all ranks.
  /// - Throws: ``DistributedError`` as the open step on parameters does, on all
  ///   ranks; and the error of `body`.
  /// - Complexity: O(count of the layout + number of tensors · number of
  ///   ranks).
  @discardableResult
  public mutating func openStep<
    Parameters: TensorTree<Float>, Copy: TensorTree<BFloat16>
  >(
    _ parameters: inout Parameters, bfloat16Copy copy: inout Copy,
    gradientScale: Double = 1, weight: Double? = nil,
    diagnostics: Bool = false,
    _ body: (DistributedOpenStep<Float>, Copy) throws -> Void
  ) throws -> StepReport {
    let expected = layout.tensors
    return try openStep(
      CallArguments(gradientScale: gradientScale, diagnostics: diagnostics),
      weight, isBFloat16: true
    ) {
      $0.parameters.take(from: &parameters, expected: expected)
      $0.bfloat16Copies.take(from: &copy, expected: expected)
    } puttingBack: {
      $0.bfloat16Copies.putBack(into: &copy)
      $0.putBack(into: &parameters)
    } body: {
      try body($0, copy)
    }
  }
}

#endif
