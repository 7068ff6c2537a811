//===--- MemoryChecks.swift - refuses memory a step cannot work on --------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A buffer in a list of tensors.
struct BufferIndex {
  let tensor: Int
  let isGradient: Bool
}

extension AdEMAMix {
  func checkFlatCounts(
    _ parameters: Int, _ gradients: Int
  ) throws(AdEMAMixError) {
    guard parameters == shard.count else {
      throw .parameterCount(parameters, expected: shard.count)
    }
    guard gradients == shard.count else {
      throw .gradientCount(gradients, expected: shard.count)
    }
  }

  /// Checks two buffers of equal count.
  func checkFlatMemory(
    _ parameters: UnsafeMutableBufferPointer<Scalar>,
    _ gradients: UnsafeBufferPointer<Scalar>
  ) throws(AdEMAMixError) {
    let first = unsafe addresses(UnsafeBufferPointer(parameters))
    let second = unsafe addresses(gradients)
    try checkAlignment(first, tensor: nil)
    try checkAlignment(second, tensor: nil)
    if first.overlaps(second) { throw .overlappingBuffers(tensor: nil) }
  }

  /// Checks counts, alignment and overlap of separate tensors.
  mutating func checkTensors(
    _ tensors: UnsafeBufferPointer<TensorBuffers<Scalar>>
  ) throws(AdEMAMixError) {
    guard tensors.count == layout.tensors.count else {
      throw .tensorCount(tensors.count, expected: layout.tensors.count)
    }
    for (index, tensor) in layout.tensors.enumerated() {
      let expected = tensor.range.clamped(to: shard).count
      let parameters = unsafe tensors[index].parameters
      let gradients = unsafe tensors[index].gradients
      guard parameters.count == expected else {
        throw .tensorParameterCount(
          parameters.count, expected: expected, tensor: tensor.name)
      }
      let mayLackGradient = layout.groups[tensor.group].isFrozen
      guard
        gradients.count == expected || mayLackGradient && gradients.isEmpty
      else {
        throw .tensorGradientCount(
          gradients.count, expected: expected, tensor: tensor.name)
      }
      try checkAlignment(
        unsafe addresses(UnsafeBufferPointer(parameters)), tensor: tensor.name)
      try checkAlignment(unsafe addresses(gradients), tensor: tensor.name)
    }
    try unsafe checkOverlap(tensors)
  }

  /// Finds parameters that share memory with anything, in one sweep over the
  /// buffers by address.
  private mutating func checkOverlap(
    _ tensors: UnsafeBufferPointer<TensorBuffers<Scalar>>
  ) throws(AdEMAMixError) {
    if bufferOrder.isEmpty {
      bufferOrder = tensors.indices.flatMap {
        [
          BufferIndex(tensor: $0, isGradient: false),
          BufferIndex(tensor: $0, isGradient: true),
        ]
      }
    }
    func range(_ buffer: BufferIndex) -> Range<UInt> {
      unsafe buffer.isGradient
        ? addresses(tensors[buffer.tensor].gradients)
        : addresses(UnsafeBufferPointer(tensors[buffer.tensor].parameters))
    }
    // The order of the last step is nearly always that of this one; then
    // nothing is sorted and nothing allocated.
    let isSorted = zip(bufferOrder, bufferOrder.dropFirst()).allSatisfy {
      range($0).lowerBound <= range($1).lowerBound
    }
    if !isSorted {
      bufferOrder.sort { range($0).lowerBound < range($1).lowerBound }
    }
    var parametersEnd: UInt = 0
    var gradientsEnd: UInt = 0
    for buffer in bufferOrder {
      let range = range(buffer)
      if range.isEmpty { continue }
      let end =
        buffer.isGradient ? parametersEnd : max(parametersEnd, gradientsEnd)
      if range.lowerBound < end {
        throw .overlappingBuffers(tensor: layout.tensors[buffer.tensor].name)
      }
      if buffer.isGradient {
        gradientsEnd = max(gradientsEnd, range.upperBound)
      } else {
        parametersEnd = max(parametersEnd, range.upperBound)
      }
    }
  }

  private func checkAlignment(
    _ addresses: Range<UInt>, tensor: String?
  ) throws(AdEMAMixError) {
    let alignment = MemoryLayout<Scalar>.alignment
    guard addresses.lowerBound.isMultiple(of: UInt(alignment)) else {
      throw .misalignedBuffer(
        address: addresses.lowerBound, alignment: alignment, tensor: tensor)
    }
  }
}

/// Free, so that it can be used while the optimizer's own lists change.
private func addresses<Scalar>(
  _ buffer: UnsafeBufferPointer<Scalar>
) -> Range<UInt> {
  let start = UInt(bitPattern: buffer.baseAddress)
  return start..<(start + UInt(buffer.count * MemoryLayout<Scalar>.stride))
}
