//===--- DistributedAdEMAMix+Step.swift - one step on all ranks -----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix

extension DistributedAdEMAMix {
  /// Makes a step with the mean of all ranks' gradients.
  ///
  /// - Parameters:
  ///   - parameters: All parameters, the same on all ranks; changed in place.
  ///   - gradients: The gradient by each of them of this rank's loss. Afterwards
  ///     the elements whose moments this rank has are sums over the ranks, even
  ///     where the gradient is refused. Others stay, and those of frozen groups.
  /// - Returns: What the call did, the same on all ranks.
  /// - Throws: ``DistributedError``, on all ranks. Then neither parameters nor
  ///   state have changed, unless it is ``DistributedError/communication(_:)``.
  /// - Complexity: O(count of the layout) to communicate, O(count of the shard)
  ///   to compute.
  @discardableResult
  public mutating func step(
    _ parameters: inout [Scalar], gradients: inout [Scalar]
  ) throws(DistributedError) -> StepReport {
    try unsafe parameters.withUnsafeMutableBufferPointer {
      (parameters) throws(DistributedError) in
      try unsafe gradients.withUnsafeMutableBufferPointer {
        (gradients) throws(DistributedError) in
        try unsafe step(parameters, gradients: gradients)
      }
    }
  }

  /// Makes a step on parameters and gradients in one buffer each, under the rules
  /// of the step on arrays.
  ///
  /// The buffers must not overlap, and no other thread may touch them during the
  /// call.
  @discardableResult
  public mutating func step(
    _ parameters: UnsafeMutableBufferPointer<Scalar>,
    gradients: UnsafeMutableBufferPointer<Scalar>
  ) throws(DistributedError) -> StepReport {
    try unsafe advance(parameters, gradients: gradients, .step)
  }

  /// Completes the step with the gradients that have accumulated on all ranks, as
  /// ``AdEMAMix/completeStep(_:)-([Scalar])`` does. All ranks must.
  ///
  /// - Parameter parameters: All parameters, the same on all ranks; changed in
  ///   place.
  /// - Returns: What the call did, the same on all ranks.
  /// - Throws: ``DistributedError``, on all ranks. Then neither parameters nor
  ///   state have changed, unless it is ``DistributedError/communication(_:)``.
  /// - Complexity: As a step, whose gradients are not sent.
  @discardableResult
  public mutating func completeStep(
    _ parameters: inout [Scalar]
  ) throws(DistributedError) -> StepReport {
    try unsafe parameters.withUnsafeMutableBufferPointer {
      (parameters) throws(DistributedError) in
      try unsafe completeStep(parameters)
    }
  }

  /// Completes the step on parameters in one buffer, under the rules of the step
  /// on one.
  @discardableResult
  public mutating func completeStep(
    _ parameters: UnsafeMutableBufferPointer<Scalar>
  ) throws(DistributedError) -> StepReport {
    try unsafe advance(parameters, gradients: nil, .completeStep)
  }

  /// Makes a step, or completes one where there are no gradients.
  private mutating func advance(
    _ parameters: UnsafeMutableBufferPointer<Scalar>,
    gradients: UnsafeMutableBufferPointer<Scalar>?, _ call: CollectiveCall
  ) throws(DistributedError) -> StepReport {
    try checkIsUsable()
    let size = rankCount
    let prepared = prepared { optimizer throws(AdEMAMixError) in
      // An option out of range is to be named as it was given.
      try optimizer.checkRecord()
      return try optimizer.withMean(over: size) {
        optimizer throws(AdEMAMixError) in
        try unsafe optimizer.prepareDistributedStep(
          parameters, gradients: gradients)
      }
    }
    let step = try agree(on: prepared, in: call)
    unsafe exchange.begin(
      parameters.baseAddress, gradients: gradients?.baseAddress,
      reducing: gradients != nil)
    let shards = shards
    let exchange = exchange
    let result = self.prepared { optimizer throws(AdEMAMixError) in
      try optimizer.withMean(over: size) {
        optimizer throws(AdEMAMixError) in
        try unsafe optimizer.distributedStep(
          step, parameters, gradients: gradients, shards, exchange)
      }
    }
    if let failure = exchange.failure {
      isBroken = true
      throw .communication(failure)
    }
    return try result.get()
  }

  /// Copies the parameters of one rank to all others.
  ///
  /// - Parameters:
  ///   - parameters: As many on all ranks.
  ///   - root: Whose they become, 0 ..< ``rankCount``.
  /// - Throws: ``DistributedError``, on all ranks. Then the parameters are as they
  ///   were, unless it is ``DistributedError/communication(_:)``.
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
    try DistributedError.wrapping { () throws(MPIError) in
      try unsafe parameters.withUnsafeMutableBufferPointer {
        (elements) throws(MPIError) in
        try unsafe ranks.broadcast(
          UnsafeMutableRawBufferPointer(elements), from: root)
      }
    }
  }
}

extension AdEMAMix {
  /// Makes a call in which sums of gradients count as means.
  fileprivate mutating func withMean<Result>(
    over size: Int, _ body: (inout AdEMAMix) throws(AdEMAMixError) -> Result
  ) throws(AdEMAMixError) -> Result {
    let scale = options.gradientScale
    options.gradientScale = scale / Double(size)
    defer { options.gradientScale = scale }
    return try body(&self)
  }
}

#endif
