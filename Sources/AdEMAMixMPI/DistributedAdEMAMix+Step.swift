//===--- DistributedAdEMAMix+Step.swift - one step on all ranks -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix

extension DistributedAdEMAMix {
  /// Makes a step with the mean of all ranks' gradients.
  ///
  /// - Parameters:
  ///   - parameters: All parameters, the same on all ranks. The step changes
  ///     them in place.
  ///   - gradients: The gradient of this rank's loss by each parameter. After
  ///     the call, the elements whose moments this rank keeps are sums over the
  ///     ranks, even if the gradient is refused. Other elements stay as they
  ///     were, and so do elements of frozen groups.
  ///   - gradientScale: The factor of all ranks' gradients, the same on all
  ///     ranks: 1 over the loss scale. Finite and positive.
  ///   - weight: The weight of this rank's gradient in the mean, such as the
  ///     number of its tokens. It lies in 2^-60 ... 2^60, on all ranks or on
  ///     none, and in all micro-batches of a step or in none. `nil` makes the
  ///     mean one of equals.
  ///   - diagnostics: Whether the call measures, for `StepReport.diagnostics`.
  /// - Returns: A report of the call, the same on all ranks.
  /// - Throws: ``DistributedError``, on all ranks. Then neither parameters nor
  ///   state have changed, unless the code is
  ///   ``DistributedError/Code/communication``.
  /// - Complexity: O(count of the layout) to communicate, O(count of the shard)
  ///   to compute.
  @discardableResult
  public mutating func step(
    _ parameters: inout [Scalar], gradients: inout [Scalar],
    gradientScale: Double = 1, weight: Double? = nil, diagnostics: Bool = false
  ) throws(DistributedError) -> StepReport {
    try unsafe parameters.withUnsafeMutableBufferPointer {
      (parameters) throws(DistributedError) in
      try unsafe gradients.withUnsafeMutableBufferPointer {
        (gradients) throws(DistributedError) in
        try unsafe step(
          parameters, gradients: gradients, gradientScale: gradientScale,
          weight: weight, diagnostics: diagnostics)
      }
    }
  }

  /// Makes a step on parameters and gradients in one buffer each.
  ///
  /// The rules are those of the step on arrays. The buffers must not overlap,
  /// and no other thread may touch either buffer during the call.
  ///
  /// - Parameters:
  ///   - parameters: All parameters, the same on all ranks.
  ///   - gradients: The gradient of this rank's loss by each parameter.
  ///   - gradientScale: The factor of all ranks' gradients.
  ///   - weight: The weight of this rank's gradient in the mean.
  ///   - diagnostics: Whether the call measures.
  /// - Returns: A report of the call, the same on all ranks.
  /// - Throws: ``DistributedError``, on all ranks.
  @discardableResult
  public mutating func step(
    _ parameters: UnsafeMutableBufferPointer<Scalar>,
    gradients: UnsafeMutableBufferPointer<Scalar>, gradientScale: Double = 1,
    weight: Double? = nil, diagnostics: Bool = false
  ) throws(DistributedError) -> StepReport {
    try unsafe advance(
      parameters, gradients: gradients, gradientScale, weight, diagnostics)
  }

  /// Completes the step with the gradients that have accumulated on all ranks,
  /// as `AdEMAMix.completeStep(_:diagnostics:)` does.
  ///
  /// All ranks must make the same call.
  ///
  /// - Parameters:
  ///   - parameters: All parameters, the same on all ranks. The step changes
  ///     them in place.
  ///   - diagnostics: Whether the call measures.
  /// - Returns: A report of the call, the same on all ranks.
  /// - Throws: ``DistributedError``, on all ranks. Then neither parameters nor
  ///   state have changed, unless the code is
  ///   ``DistributedError/Code/communication``.
  /// - Complexity: O(count of the layout) to communicate, O(count of the shard)
  ///   to compute. No gradients are sent.
  @discardableResult
  public mutating func completeStep(
    _ parameters: inout [Scalar], diagnostics: Bool = false
  ) throws(DistributedError) -> StepReport {
    try unsafe parameters.withUnsafeMutableBufferPointer {
      (parameters) throws(DistributedError) in
      try unsafe completeStep(parameters, diagnostics: diagnostics)
    }
  }

  /// Completes the step on parameters in one buffer.
  ///
  /// No other thread may touch the buffer during the call.
  ///
  /// - Parameters:
  ///   - parameters: All parameters, the same on all ranks.
  ///   - diagnostics: Whether the call measures.
  /// - Returns: A report of the call, the same on all ranks.
  /// - Throws: ``DistributedError``, on all ranks.
  @discardableResult
  public mutating func completeStep(
    _ parameters: UnsafeMutableBufferPointer<Scalar>,
    diagnostics: Bool = false
  ) throws(DistributedError) -> StepReport {
    try unsafe advance(parameters, gradients: nil, 1, nil, diagnostics)
  }

  /// Makes a step, or completes a step if there are no gradients.
  private mutating func advance(
    _ parameters: UnsafeMutableBufferPointer<Scalar>,
    gradients: UnsafeMutableBufferPointer<Scalar>?, _ gradientScale: Double,
    _ weight: Double?, _ diagnostics: Bool
  ) throws(DistributedError) -> StepReport {
    try checkIsUsable()
    let arguments = CallArguments(
      gradientScale: gradientScale, diagnostics: diagnostics)
    let call: CollectiveCall =
      unsafe gradients == nil
      ? .completeStep : weight == nil ? .step : .weightedStep
    // Owners sum gradients: the mean is a matter of the scale.
    let scale = unsafe gradients == nil ? 1 : gradientScale / Double(rankCount)
    let prepared = prepared { optimizer throws(AdEMAMixError) in
      // Before the division: the error names the scale as it was given.
      try arguments.check()
      try optimizer.checkWeight(weight ?? 1)
      try optimizer.checkRecord()
      return try unsafe optimizer.prepareDistributedStep(
        parameters, gradients: gradients, gradientScale: scale,
        diagnostics: diagnostics)
    }
    var step = try agree(on: prepared, in: call, arguments)
    var weights: [Double] = []
    if let weight {
      weights = try communicator.ranks.gather(weight)
      let total = weights.reduce(0, +)
      // All ranks have the same total, and throw alike.
      step = try self.prepared { optimizer throws(AdEMAMixError) in
        try optimizer.weighed(
          gradientScale: gradientScale / total, weight: total,
          diagnostics: diagnostics)
      }.get()
    }
    unsafe exchange.begin(
      parameters.baseAddress, gradients: gradients?.baseAddress,
      weights: weights, reducing: gradients != nil)
    let shards = shards
    let exchange = exchange
    let result = self.prepared { optimizer throws(AdEMAMixError) in
      let report = try unsafe optimizer.distributedStep(
        step, parameters, gradients: gradients, shards, exchange)
      if unsafe gradients != nil { optimizer.lastArguments = arguments }
      return report
    }
    if let failure = exchange.failure {
      isBroken = true
      throw failure
    }
    return try result.get()
  }

  /// Copies the parameters of one rank to all others.
  ///
  /// - Parameters:
  ///   - parameters: All parameters. On other ranks than `root` they become the
  ///     parameters of `root`.
  ///   - root: A rank: 0 ..< ``MPICommunicator/size``.
  /// - Throws: ``DistributedError``, on all ranks. Then the parameters have not
  ///   changed, unless the code is ``DistributedError/Code/communication``.
  /// - Complexity: O(count of the layout).
  public mutating func broadcast(
    _ parameters: inout [Scalar], from root: Int = 0
  ) throws(DistributedError) {
    try checkIsUsable()
    var problem: DistributedError?
    if parameters.count != layout.count {
      problem = .optimizer(
        .parameterCount(parameters.count, expected: layout.count))
    } else if !(0..<rankCount).contains(root) {
      problem = .noSuchRank(root, count: rankCount)
    }
    try agree(
      on: problem.map { .failure($0) } ?? .success(()),
      in: .broadcast(root: root))
    let ranks = communicator.ranks
    try unsafe parameters.withUnsafeMutableBufferPointer {
      (elements) throws(DistributedError) in
      try unsafe ranks.broadcast(
        UnsafeMutableRawBufferPointer(elements), from: root)
    }
  }
}

#endif
