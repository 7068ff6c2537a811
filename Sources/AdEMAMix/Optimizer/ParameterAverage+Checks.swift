//===--- ParameterAverage+Checks.swift - refuses memory of other shapes ---===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension ParameterAverage {
  func checkCount(_ parameters: Int) throws(ParameterAverageError) {
    guard parameters == count else {
      throw .parameterCount(parameters, expected: count)
    }
  }

  /// Checks the count and the alignment of a flat buffer.
  func checkFlat(
    _ parameters: UnsafeBufferPointer<Scalar>
  ) throws(ParameterAverageError) {
    try checkCount(parameters.count)
    try unsafe checkAlignment(parameters, tensor: nil)
  }

  /// Checks the counts of separate arrays.
  func checkTensors(_ tensors: [[Scalar]]) throws(ParameterAverageError) {
    try checkTensorCount(tensors.count)
    for index in tensors.indices {
      try checkCount(tensors[index].count, ofTensor: index)
    }
  }

  /// Checks the counts, the alignment and the overlap of separate tensors.
  mutating func checkTensors(
    _ tensors: [TensorBuffers<Scalar>]
  ) throws(ParameterAverageError) {
    try unsafe checkTensorCount(tensors.count)
    for index in unsafe tensors.indices {
      try checkCount(
        unsafe tensors[index].parameters.count, ofTensor: index)
    }
    try unsafe bufferOrder.check(tensors)
  }

  private func checkTensorCount(_ count: Int) throws(ParameterAverageError) {
    guard count == sizes.count else {
      throw .tensorCount(count, expected: sizes.count)
    }
  }

  private func checkCount(
    _ parameters: Int, ofTensor tensor: Int
  ) throws(ParameterAverageError) {
    guard parameters == sizes[tensor] else {
      throw .tensorParameterCount(
        parameters, expected: sizes[tensor], tensor: tensor)
    }
  }
}

/// Free, so that it can be used before there is an average.
extension BufferOrder {
  /// Checks the alignment of separate tensors, and that no two share memory.
  mutating func check<Scalar>(
    _ tensors: [TensorBuffers<Scalar>]
  ) throws(ParameterAverageError) {
    for index in unsafe tensors.indices {
      try unsafe checkAlignment(
        UnsafeBufferPointer(tensors[index].parameters), tensor: index)
    }
    let found = unsafe tensors.withUnsafeBufferPointer {
      unsafe firstOverlap(among: $0, withGradients: false)
    }
    if let found { throw .overlappingTensors(found.first, found.second) }
  }
}

func checkAlignment<Scalar>(
  _ parameters: UnsafeBufferPointer<Scalar>, tensor: Int?
) throws(ParameterAverageError) {
  let start = UInt(bitPattern: parameters.baseAddress)
  let alignment = MemoryLayout<Scalar>.alignment
  guard parameters.isEmpty || start.isMultiple(of: UInt(alignment)) else {
    throw .misalignedBuffer(
      address: start, alignment: alignment, tensor: tensor)
  }
}
