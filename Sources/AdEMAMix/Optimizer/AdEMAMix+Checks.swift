//===--- AdEMAMix+Checks.swift - checks of the caller's memory ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

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
    _ parameters: Int, _ gradients: Int, ofTensor index: Int,
    _ purpose: StepPurpose
  ) throws(AdEMAMixError) {
    let tensor = layout.tensors[index]
    let expected = tensor.range.clamped(to: shard).count
    guard parameters == expected else {
      throw .tensorParameterCount(
        parameters, expected: expected, tensor: tensor.name)
    }
    let mayLackGradient =
      layout.groups[tensor.group].isFrozen || purpose == .completion
    guard gradients == expected || mayLackGradient && gradients == 0 else {
      throw .tensorGradientCount(
        gradients, expected: expected, tensor: tensor.name)
    }
  }

  /// Checks counts, alignment and overlap of separate tensors.
  mutating func checkTensors(
    _ tensors: UnsafeBufferPointer<TensorBuffers<Scalar>>,
    _ purpose: StepPurpose
  ) throws(AdEMAMixError) {
    try checkTensorCount(tensors.count)
    let alignment = MemoryLayout<Scalar>.alignment
    for index in tensors.indices {
      let parameters = unsafe tensors[index].parameters
      let gradients = unsafe tensors[index].gradients
      try checkCounts(
        parameters.count, gradients.count, ofTensor: index, purpose)
      let name = layout.tensors[index].name
      try checkAlignment(
        unsafe addresses(UnsafeBufferPointer(parameters)), alignment,
        tensor: name)
      try checkAlignment(unsafe addresses(gradients), alignment, tensor: name)
    }
    let found = unsafe workspace.bufferOrder.firstOverlap(
      among: tensors, withGradients: true)
    if let found { throw layout.overlap(of: found) }
  }
}
