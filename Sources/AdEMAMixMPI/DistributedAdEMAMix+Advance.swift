//===--- DistributedAdEMAMix+Advance.swift - a call on trees, on all ranks ===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
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
    try compareParameters(tensors, before: purpose)
    var weights: [Double] = []
    if let weight { weights = try communicator.ranks.gather(weight) }
    let finds = hasGradients && state.options.allowsMissingGradients
    if !weights.isEmpty || finds {
      let missing =
        finds
        ? try common(state.tensorsWithoutGradient)
        : state.tensorsWithoutGradient
      let total = weights.reduce(0, +)
      // All ranks have the same numbers, and throw alike.
      step = try self.prepared { optimizer throws(AdEMAMixError) in
        try optimizer.settled(
          step,
          gradientScale: weights.isEmpty
            ? scale : arguments.gradientScale / total,
          weight: weights.isEmpty ? 1 : total, missing: missing)
      }.get()
    }
    exchange.prepare(
      weights: weights, isReducing: hasGradients, isInPlace: isInPlace,
      isRounding: roundsGradients)
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

  /// The tensors that all ranks have in their lists.
  func common(_ tensors: [Int]) throws(DistributedError) -> [Int] {
    let width = Int64.bitWidth
    var words = [Int64](
      repeating: 0, count: (layout.tensors.count + width - 1) / width)
    for tensor in tensors { words[tensor / width] |= 1 << (tensor % width) }
    words = try communicator.ranks.commonBits(words)
    return layout.tensors.indices.filter {
      words[$0 / width] >> ($0 % width) & 1 != 0
    }
  }
}

#endif
