//===--- DistributedAdEMAMix+Advance.swift - a call on trees, on all ranks ===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMix

extension DistributedAdEMAMix {
  /// The arguments of a step with gradients of some type.
  func arguments<Element>(
    of _: Element.Type, _ gradientScale: Double, _ weight: Double?,
    leaving names: [String] = [], _ diagnostics: Bool
  ) -> StepArguments {
    StepArguments(
      gradientScale: gradientScale, diagnostics: diagnostics,
      gradients: "\(Element.self)", isWeighted: weight != nil, leaving: names)
  }

  /// Makes a call on trees that are there.
  ///
  /// - Parameters:
  ///   - tensors: The trees.
  ///   - purpose: The purpose of the call.
  ///   - arguments: The arguments that ranks compare.
  ///   - weight: The weight of this rank's gradient.
  ///   - isInPlace: Whether sums replace the gradients, which lie behind each
  ///     other and may be changed.
  /// - Returns: A report of the call, the same on all ranks.
  /// - Throws: ``DistributedError``, on all ranks.
  mutating func advance(
    _ tensors: CallerTensors<Scalar>, _ purpose: StepPurpose,
    _ arguments: StepArguments, _ weight: Double?, isInPlace: Bool = false
  ) throws(DistributedError) -> StepReport {
    let (call, hasGradients): (CollectiveCall, Bool) =
      switch purpose {
      case .step: (.step, true)
      case .update: (.writeUpdate, true)
      case .completion: (.completeStep, false)
      }
    // Owners sum gradients: the mean is a matter of the scale.
    let scale =
      hasGradients ? arguments.gradientScale / Double(rankCount) : 1
    let local = CallArguments(
      gradientScale: arguments.gradientScale,
      diagnostics: arguments.diagnostics)
    let prepared = prepared { optimizer throws(AdEMAMixError) in
      // Before the division: the error names the scale as it was given.
      try local.check()
      try optimizer.checkWeight(weight ?? 1)
      try optimizer.checkRecord()
      return try optimizer.prepareDistributedStep(
        tensors, purpose, gradientScale: scale, leaving: arguments.leaving,
        diagnostics: arguments.diagnostics)
    }
    var step = try agree(on: prepared, in: call, arguments)
    var weights: [Double] = []
    if let weight {
      weights = try communicator.ranks.gather(weight)
      let total = weights.reduce(0, +)
      // All ranks have the same total, and throw alike.
      step = try self.prepared { optimizer throws(AdEMAMixError) in
        try optimizer.settled(
          step, gradientScale: arguments.gradientScale / total, weight: total,
          missing: [])
      }.get()
    }
    exchange.prepare(
      weights: weights, isReducing: hasGradients, isInPlace: isInPlace)
    let shards = shards
    let exchange = exchange
    let result = self.prepared { optimizer throws(AdEMAMixError) in
      let report = try optimizer.distributedStep(
        step, tensors, shards, exchange)
      if hasGradients { optimizer.lastArguments = local }
      return report
    }
    if let failure = exchange.failure {
      isBroken = true
      throw failure
    }
    return try result.get()
  }
}

#endif
