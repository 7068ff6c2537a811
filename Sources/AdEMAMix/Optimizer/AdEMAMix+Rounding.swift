//===--- AdEMAMix+Rounding.swift - copies of parameters in bfloat16 ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

extension AdEMAMix where Scalar == Float {
  /// Fills a copy of the parameters in bfloat16, those of frozen groups too.
  ///
  ///     try checkpoints.resume(&optimizer, parameters: &weights)
  ///     try optimizer.round(weights, into: &narrowWeights)
  ///
  /// The call is for the start of a run, after a checkpoint was loaded, and for
  /// parameters that others than steps have changed. A step keeps the copy up
  /// to date where the step moves parameters: to read each frozen parameter
  /// each time would cost a sixth of what a step on the parameter does.
  ///
  /// - Parameters:
  ///   - parameters: A tree of the elements of ``shard``.
  ///   - copy: As many elements: each becomes the bfloat16 that is nearest to
  ///     its parameter, with the bits that a step would give it.
  /// - Throws: ``AdEMAMixError`` for memory that a step would not take. Then
  ///   nothing has changed.
  /// - Complexity: O(count of the shard + number of tensors).
  public func round<
    Parameters: TensorTree<Float>, Copy: TensorTree<BFloat16>
  >(
    _ parameters: Parameters, into copy: inout Copy
  ) throws(AdEMAMixError) {
    let tensors = CallerTensors<Float>()
    tensors.read(parameters, expected: layout.tensors)
    tensors.bfloat16Copies.take(from: &copy, expected: layout.tensors)
    defer { tensors.bfloat16Copies.putBack(into: &copy) }
    try checkElements(tensors)
    for index in 0..<tensors.parameters.count {
      unsafe tensors.lend(index) { buffers in
        guard let copy = unsafe buffers.bfloat16Copy else { return }
        unsafe narrow(UnsafeBufferPointer(buffers.parameters), into: copy)
      }
    }
  }
}

extension AdEMAMix {
  /// Fills a copy of equal count, in parts side by side. There are copies of
  /// `Float` alone.
  func narrow(
    _ parameters: UnsafeBufferPointer<Scalar>,
    into copy: UnsafeMutableBufferPointer<BFloat16>
  ) {
    guard let source = parameters.baseAddress, let target = copy.baseAddress
    else { return }
    unsafe Rounding(
      count: parameters.count, source: source.cast(to: Float.self),
      target: target,
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
