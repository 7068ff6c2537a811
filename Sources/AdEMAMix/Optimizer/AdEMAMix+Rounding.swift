//===--- AdEMAMix+Rounding.swift - copies of parameters in bfloat16 ------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

extension AdEMAMix where Scalar == Float {
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
  /// - Throws: ``AdEMAMixError`` for a wrong count. Then nothing has changed.
  /// - Complexity: O(count of the shard).
  public func round(
    _ parameters: [Float], into copy: inout [BFloat16]
  ) throws(AdEMAMixError) {
    try checkFlatCounts(parameters.count, shard.count)
    guard copy.count == shard.count else {
      throw .copyCount(copy.count, expected: shard.count)
    }
    unsafe parameters.withUnsafeBufferPointer { parameters in
      unsafe copy.withUnsafeMutableBufferPointer { copy in
        unsafe round(parameters, into: copy)
      }
    }
  }

  /// Fills copies of separate arrays, one for each tensor of the layout.
  ///
  /// - Throws: ``AdEMAMixError`` for wrong counts. Then nothing has changed.
  /// - Complexity: O(count of the shard).
  public func round(
    _ parameters: [[Float]], into copies: inout [[BFloat16]]
  ) throws(AdEMAMixError) {
    guard copies.count == parameters.count else {
      throw .tensorCount(copies.count, expected: layout.tensors.count)
    }
    var arrays = TensorArrays(parameters: parameters)
    arrays.bfloat16Copies = copies
    try checkRounding(.arrays(arrays))
    for index in parameters.indices {
      unsafe parameters[index].withUnsafeBufferPointer { parameters in
        unsafe copies[index].withUnsafeMutableBufferPointer { copy in
          unsafe round(parameters, into: copy)
        }
      }
    }
  }

  /// Fills the copies of parameters behind pointers, in a buffer for each
  /// tensor, or in one buffer of all.
  ///
  /// - Parameter tensors: The memory of each tensor of the layout, or one
  ///   buffer of ``shard``. Tensors without a copy are passed over.
  /// - Throws: ``AdEMAMixError`` for wrong counts, and for buffers that are
  ///   misaligned or overlap. Then nothing has changed.
  /// - Complexity: O(count of the shard).
  public func round(
    _ tensors: [ParameterBuffers<Float>]
  ) throws(AdEMAMixError) {
    if let only = unsafe tensors.first, unsafe tensors.count == 1,
      unsafe only.parameters.count == shard.count
    {
      try unsafe checkRounding(.flat(only))
    } else {
      try unsafe checkRounding(.tensors(tensors))
    }
    for index in unsafe tensors.indices {
      guard let copy = unsafe tensors[index].bfloat16Copy else { continue }
      unsafe round(
        UnsafeBufferPointer(tensors[index].parameters), into: copy)
    }
  }

  private func checkRounding(
    _ memory: CallerMemory<Float>
  ) throws(AdEMAMixError) {
    var order = BufferOrder()
    do throws(MemoryFault) {
      try memory.check(
        sizes: tensorSizes.span, count: shard.count, .none, &order)
    } catch {
      throw AdEMAMixError(error, layout)
    }
  }

  /// Fills a copy of equal count, in parts side by side.
  private func round(
    _ parameters: UnsafeBufferPointer<Float>,
    into copy: UnsafeMutableBufferPointer<BFloat16>
  ) {
    guard let source = parameters.baseAddress, let target = copy.baseAddress
    else { return }
    unsafe Rounding(
      count: parameters.count, source: source, target: target,
      kernels: KernelTable<Float>(instructionSet).quantized
    ).run(threadSplit)
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
