//===--- AdEMAMix+MixedPrecision.swift - a step with bfloat16 gradients ---===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

extension AdEMAMix where Scalar == Float {
  /// Makes a step with gradients in bfloat16, and keeps a copy of the
  /// parameters in bfloat16, in the same pass over memory.
  ///
  ///     try optimizer.step(
  ///       &weights, gradients: gradients, roundedInto: &narrowWeights)
  ///
  /// The parameters are the master weights, to which steps of any size add up.
  /// The copy is what a model in mixed precision computes with.
  ///
  /// - Parameters:
  ///   - parameters: The elements of ``shard``, changed in place.
  ///   - gradients: The gradient of the loss by each of them.
  ///   - copy: As many elements: each becomes the bfloat16 that is nearest to
  ///     its parameter after the step. Parameters of frozen groups, and all of
  ///     them where the call makes no step, leave theirs as they were:
  ///     ``round(_:into:)`` fills it before the first step.
  /// - Returns: The report of the call; see ``options``.
  /// - Throws: ``AdEMAMixError`` as the step on an array does, and for an
  ///   engine other than `fused`. Then nothing has changed.
  /// - Complexity: O(count of the shard).
  @discardableResult
  public mutating func step(
    _ parameters: inout [Float], gradients: [BFloat16],
    roundedInto copy: inout [BFloat16]
  ) throws(AdEMAMixError) -> StepReport {
    // Before a shared array would be copied in vain.
    try checkNarrow(
      parameters.count, gradients: gradients.count, copy.count)
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
  /// The buffers must not overlap, and no other thread may touch them during
  /// the call.
  ///
  /// - Throws: ``AdEMAMixError`` as the step on arrays does, and for buffers
  ///   that are misaligned or overlap.
  @discardableResult
  public mutating func step(
    _ parameters: UnsafeMutableBufferPointer<Float>,
    gradients: UnsafeBufferPointer<BFloat16>,
    roundedInto copy: UnsafeMutableBufferPointer<BFloat16>
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe execute(parameters, gradients: gradients, roundedInto: copy)
  }

  /// Completes the step with the gradients that have accumulated, as
  /// ``completeStep(_:)-([Scalar])`` does, and rounds the parameters into their
  /// copy in the same pass over memory.
  ///
  /// - Throws: ``AdEMAMixError`` as the step with gradients in bfloat16 does,
  ///   and ``AdEMAMixError/nothingAccumulated``. Then nothing has changed.
  /// - Complexity: O(count of the shard).
  @discardableResult
  public mutating func completeStep(
    _ parameters: inout [Float], roundedInto copy: inout [BFloat16]
  ) throws(AdEMAMixError) -> StepReport {
    try checkNarrow(parameters.count, gradients: nil, copy.count)
    return try unsafe parameters.withUnsafeMutableBufferPointer {
      (parameters) throws(AdEMAMixError) in
      try unsafe copy.withUnsafeMutableBufferPointer {
        (copy) throws(AdEMAMixError) in
        try unsafe completeStep(parameters, roundedInto: copy)
      }
    }
  }

  /// Completes the step on buffers, under the rules of the step on them.
  @discardableResult
  public mutating func completeStep(
    _ parameters: UnsafeMutableBufferPointer<Float>,
    roundedInto copy: UnsafeMutableBufferPointer<BFloat16>
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe execute(parameters, gradients: nil, roundedInto: copy)
  }

  /// Checks buffers, and advances on them. There are no gradients for a
  /// completion.
  private mutating func execute(
    _ parameters: UnsafeMutableBufferPointer<Float>,
    gradients: UnsafeBufferPointer<BFloat16>?,
    roundedInto copy: UnsafeMutableBufferPointer<BFloat16>
  ) throws(AdEMAMixError) -> StepReport {
    let purpose =
      unsafe gradients == nil ? StepPurpose.completion : .step
    let narrowCopy = UnsafeBufferPointer(copy)
    // An address that is not read, where there are none.
    let read = unsafe gradients ?? narrowCopy
    try unsafe checkNarrow(
      parameters.count, gradients: gradients?.count, copy.count)
    guard
      let flatParameters = parameters.baseAddress,
      let flatGradients = read.baseAddress, let flatCopy = copy.baseAddress
    else { return try executeOnNothing(purpose) }
    try unsafe checkFlatMemory(UnsafeBufferPointer(parameters), narrowCopy)
    if let gradients = unsafe gradients {
      try unsafe checkFlatMemory(UnsafeBufferPointer(parameters), gradients)
      try unsafe checkFlatMemory(narrowCopy, gradients)
    }
    var source = unsafe PointerSource(
      memory: .narrow(
        flatParameters,
        NarrowMemory(gradients: flatGradients, parameters: flatCopy)))
    return try execute(&source, purpose)
  }

  /// Fills a copy of the parameters in bfloat16, those of frozen groups too.
  ///
  ///     try checkpoints.resume(&optimizer, parameters: &weights)
  ///     try optimizer.round(weights, into: &narrowWeights)
  ///
  /// It is for the start of a run, after a checkpoint was loaded, and wherever
  /// parameters were changed by others than steps. A step keeps the copy up to
  /// date where it moves parameters: reading what is frozen each time would
  /// cost as much for each of them as a sixth of a step.
  ///
  /// - Parameters:
  ///   - parameters: The elements of ``shard``.
  ///   - copy: As many elements: each becomes the bfloat16 that is nearest to
  ///     its parameter, with the bits that a step would give it.
  /// - Throws: ``AdEMAMixError/parameterCount(_:expected:)`` or
  ///   ``AdEMAMixError/copyCount(_:expected:)``. Then nothing has changed.
  /// - Complexity: O(count of the shard).
  public func round(
    _ parameters: [Float], into copy: inout [BFloat16]
  ) throws(AdEMAMixError) {
    try checkRounding(parameters.count, copy.count)
    try unsafe parameters.withUnsafeBufferPointer {
      (parameters) throws(AdEMAMixError) in
      try unsafe copy.withUnsafeMutableBufferPointer {
        (copy) throws(AdEMAMixError) in
        try unsafe round(parameters, into: copy)
      }
    }
  }

  /// Fills a copy of the parameters in bfloat16, in buffers.
  ///
  /// The buffers must not overlap, and no other thread may touch them during
  /// the call. All else is as with arrays.
  ///
  /// - Throws: ``AdEMAMixError`` as with arrays, and for buffers that are
  ///   misaligned or overlap.
  public func round(
    _ parameters: UnsafeBufferPointer<Float>,
    into copy: UnsafeMutableBufferPointer<BFloat16>
  ) throws(AdEMAMixError) {
    try checkRounding(parameters.count, copy.count)
    guard let source = parameters.baseAddress, let target = copy.baseAddress
    else { return }
    try unsafe checkFlatMemory(parameters, UnsafeBufferPointer(copy))
    unsafe Rounding(
      count: parameters.count, source: source, target: target,
      kernels: KernelTable<Float>(instructionSet).quantized
    ).run(threadSplit)
  }

  private func checkRounding(
    _ parameters: Int, _ copy: Int
  ) throws(AdEMAMixError) {
    try checkFlatCounts(parameters, shard.count)
    guard copy == shard.count else {
      throw .copyCount(copy, expected: shard.count)
    }
  }

  private func checkNarrow(
    _ parameters: Int, gradients: Int?, _ copy: Int
  ) throws(AdEMAMixError) {
    guard engine == .fused else {
      throw .storageNeedsFusedEngine(engine, group: nil)
    }
    try checkFlatCounts(parameters, gradients ?? shard.count)
    try checkRounding(parameters, copy)
  }
}

/// Parameters and their copy, which is filled in parts side by side.
@safe private struct Rounding: @unchecked Sendable {
  let count: Int
  let source: UnsafePointer<Float>
  let target: UnsafeMutablePointer<BFloat16>
  let kernels: UnsafePointer<ademamix_quantized_kernels>

  func run(_ threadSplit: ThreadSplit) {
    threadSplit.run(
      count: count, byteCount: count * MemoryLayout<Float>.stride
    ) { run($0) }
  }

  private func run(_ range: Range<Int>) {
    unsafe kernels.pointee.narrow(
      range.count, source + range.lowerBound,
      (target + range.lowerBound).cast(to: UInt16.self))
  }
}
