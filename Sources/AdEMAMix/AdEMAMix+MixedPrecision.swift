//===--- AdEMAMix+MixedPrecision.swift - a step with bfloat16 gradients ---===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension AdEMAMix where Scalar == Float {
  /// Makes a step with gradients in bfloat16, and keeps a copy of the parameters
  /// in bfloat16, in the same pass over memory.
  ///
  ///     try optimizer.step(&weights, gradients: gradients, roundedInto: &narrowWeights)
  ///
  /// The parameters are the master weights, to which steps of any size add up. The
  /// copy is what a model in mixed precision computes with.
  ///
  /// - Parameters:
  ///   - parameters: The elements of ``shard``, changed in place.
  ///   - gradients: The gradient of the loss by each of them.
  ///   - copy: As many elements: each becomes the bfloat16 that is nearest to its
  ///     parameter after the step. Parameters of frozen groups, and all of them
  ///     where the call makes no step, leave theirs as they were.
  /// - Returns: What the call did; see ``options``.
  /// - Throws: ``AdEMAMixError`` as the step on an array does, and for an engine
  ///   other than `fused`. Then nothing has changed.
  /// - Complexity: O(count of the shard).
  @discardableResult
  public mutating func step(
    _ parameters: inout [Float], gradients: [BFloat16],
    roundedInto copy: inout [BFloat16]
  ) throws(AdEMAMixError) -> StepReport {
    // Before a shared array would be copied in vain.
    try checkNarrow(parameters.count, gradients.count, copy.count)
    return try unsafe parameters.withUnsafeMutableBufferPointer {
      (parameters) throws(AdEMAMixError) in
      try unsafe gradients.withUnsafeBufferPointer {
        (gradients) throws(AdEMAMixError) in
        try unsafe copy.withUnsafeMutableBufferPointer {
          (copy) throws(AdEMAMixError) in
          try unsafe step(parameters, gradients: gradients, roundedInto: copy)
        }
      }
    }
  }

  /// Makes a step with gradients and a copy in bfloat16, in buffers.
  ///
  /// The buffers must not overlap, and no other thread may touch them during the
  /// call. Like the step on arrays otherwise.
  ///
  /// - Throws: ``AdEMAMixError`` as the step on arrays does, and for buffers that
  ///   are misaligned or overlap.
  @discardableResult
  public mutating func step(
    _ parameters: UnsafeMutableBufferPointer<Float>,
    gradients: UnsafeBufferPointer<BFloat16>,
    roundedInto copy: UnsafeMutableBufferPointer<BFloat16>
  ) throws(AdEMAMixError) -> StepReport {
    try checkNarrow(parameters.count, gradients.count, copy.count)
    guard
      let flatParameters = parameters.baseAddress,
      let flatGradients = gradients.baseAddress, let flatCopy = copy.baseAddress
    else { return try advanceOnNothing(.step) }
    let narrowCopy = UnsafeBufferPointer(copy)
    try unsafe checkFlatMemory(UnsafeBufferPointer(parameters), gradients)
    try unsafe checkFlatMemory(UnsafeBufferPointer(parameters), narrowCopy)
    try unsafe checkFlatMemory(narrowCopy, gradients)
    var source = unsafe PointerSource(
      memory: .narrow(
        flatParameters,
        NarrowMemory(gradients: flatGradients, parameters: flatCopy)))
    return try advance(&source, .step)
  }

  private func checkNarrow(
    _ parameters: Int, _ gradients: Int, _ copy: Int
  ) throws(AdEMAMixError) {
    guard engine == .fused else {
      throw .storageNeedsFusedEngine(engine, group: nil)
    }
    try checkFlatCounts(parameters, gradients)
    try checkFlatCounts(copy, gradients)
  }
}
