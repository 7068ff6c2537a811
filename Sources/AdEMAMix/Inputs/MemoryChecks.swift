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
  func checkFlatMemory<First, Second>(
    _ first: UnsafeBufferPointer<First>, _ second: UnsafeBufferPointer<Second>
  ) throws(AdEMAMixError) {
    let alignments = (
      MemoryLayout<First>.alignment, MemoryLayout<Second>.alignment
    )
    let first = unsafe addresses(first)
    let second = unsafe addresses(second)
    try checkAlignment(first, alignments.0, tensor: nil)
    try checkAlignment(second, alignments.1, tensor: nil)
    if first.overlaps(second) { throw .overlappingBuffers }
  }

  func checkTensorCount(_ count: Int) throws(AdEMAMixError) {
    guard count == layout.tensors.count else {
      throw .tensorCount(count, expected: layout.tensors.count)
    }
  }

  func checkCounts(
    _ parameters: Int, _ gradients: Int, ofTensor index: Int
  ) throws(AdEMAMixError) {
    let tensor = layout.tensors[index]
    let expected = tensor.range.clamped(to: shard).count
    guard parameters == expected else {
      throw .tensorParameterCount(
        parameters, expected: expected, tensor: tensor.name)
    }
    let mayLackGradient = layout.groups[tensor.group].isFrozen
    guard gradients == expected || mayLackGradient && gradients == 0 else {
      throw .tensorGradientCount(
        gradients, expected: expected, tensor: tensor.name)
    }
  }

  /// Checks counts, alignment and overlap of separate tensors.
  mutating func checkTensors(
    _ tensors: UnsafeBufferPointer<TensorBuffers<Scalar>>
  ) throws(AdEMAMixError) {
    try checkTensorCount(tensors.count)
    let alignment = MemoryLayout<Scalar>.alignment
    for index in tensors.indices {
      let parameters = unsafe tensors[index].parameters
      let gradients = unsafe tensors[index].gradients
      try checkCounts(parameters.count, gradients.count, ofTensor: index)
      let name = layout.tensors[index].name
      try checkAlignment(
        unsafe addresses(UnsafeBufferPointer(parameters)), alignment,
        tensor: name)
      try checkAlignment(unsafe addresses(gradients), alignment, tensor: name)
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
    /// By address; tensors of equal address in the layout's order.
    func key(_ buffer: BufferIndex) -> (UInt, Int) {
      (range(buffer).lowerBound, buffer.tensor)
    }
    // The order of the last step is nearly always that of this one; then
    // nothing is sorted and nothing allocated.
    let isSorted = zip(bufferOrder, bufferOrder.dropFirst()).allSatisfy {
      key($0) <= key($1)
    }
    if !isSorted {
      bufferOrder.sort { key($0) < key($1) }
    }
    // What reaches furthest so far, and the tensor it belongs to.
    var parameters: (end: UInt, tensor: Int) = (0, 0)
    var gradients: (end: UInt, tensor: Int) = (0, 0)
    for buffer in bufferOrder {
      let range = range(buffer)
      if range.isEmpty { continue }
      if range.lowerBound < parameters.end {
        throw overlap(parameters.tensor, buffer.tensor)
      }
      // Gradients may share memory with each other.
      if !buffer.isGradient, range.lowerBound < gradients.end {
        throw overlap(gradients.tensor, buffer.tensor)
      }
      let reach = (end: range.upperBound, tensor: buffer.tensor)
      if buffer.isGradient {
        if reach.end > gradients.end { gradients = reach }
      } else {
        if reach.end > parameters.end { parameters = reach }
      }
    }
  }

  private func overlap(_ first: Int, _ second: Int) -> AdEMAMixError {
    .overlappingTensors(
      layout.tensors[min(first, second)].name,
      layout.tensors[max(first, second)].name)
  }

  private func checkAlignment(
    _ addresses: Range<UInt>, _ alignment: Int, tensor: String?
  ) throws(AdEMAMixError) {
    if addresses.isEmpty { return }
    guard addresses.lowerBound.isMultiple(of: UInt(alignment)) else {
      throw .misalignedBuffer(
        address: addresses.lowerBound, alignment: alignment, tensor: tensor)
    }
  }
}

/// Free, so that it can be used while the optimizer's own lists change.
func addresses<Scalar>(
  _ buffer: UnsafeBufferPointer<Scalar>
) -> Range<UInt> {
  let start = UInt(bitPattern: buffer.baseAddress)
  return start..<(start + UInt(buffer.count * MemoryLayout<Scalar>.stride))
}
