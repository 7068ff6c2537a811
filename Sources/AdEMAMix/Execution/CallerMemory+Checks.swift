//===--- CallerMemory+Checks.swift - memory that a call can take ---------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension CallerMemory {
  /// Checks counts, alignment and overlap.
  ///
  /// - Parameters:
  ///   - sizes: The number of elements that the shard has of each tensor.
  ///   - count: The sum of the sizes.
  ///   - use: The use of gradients.
  ///   - order: The order of the buffers at the last call.
  /// - Throws: ``MemoryFault`` for memory that the call does not take.
  /// - Complexity: O(n) for n tensors, O(n·log(n)) where their order in memory
  ///   is new.
  package func check(
    sizes: Span<Int>, count: Int, _ use: GradientUse, _ order: inout BufferOrder
  ) throws(MemoryFault) {
    switch self {
    case .flat(let buffers):
      try unsafe buffers.check(count: count, use)
    case .tensors(let tensors):
      guard unsafe tensors.count == sizes.count else {
        throw unsafe .tensorCount(tensors.count, expected: sizes.count)
      }
      for index in unsafe tensors.indices {
        try unsafe tensors[index].check(tensor: index, count: sizes[index], use)
      }
      try unsafe order.check(tensors, use)
    case .arrays(let arrays):
      try arrays.check(sizes, use)
    }
  }
}

extension ParameterBuffers {
  /// Checks the one buffer of all parameters.
  fileprivate func check(
    count: Int, _ use: GradientUse
  ) throws(MemoryFault) {
    guard unsafe parameters.count == count else {
      throw unsafe .parameterCount(parameters.count, expected: count)
    }
    let parameters = unsafe addresses(UnsafeBufferPointer(parameters))
    try checkAlignment(parameters, MemoryLayout<Scalar>.alignment)
    var gradients: Range<UInt>?
    if case .needed = use {
      guard unsafe gradientCount == count else {
        throw unsafe .gradientCount(gradientCount, expected: count)
      }
      gradients = unsafe try gradientAddresses(tensor: nil)
    }
    if let copy = unsafe bfloat16Copy {
      guard copy.count == count else {
        throw .copyCount(copy.count, expected: count)
      }
      let copy = unsafe addresses(UnsafeBufferPointer(copy))
      try checkAlignment(copy, MemoryLayout<BFloat16>.alignment)
      if copy.overlaps(parameters) || gradients?.overlaps(copy) ?? false {
        throw .overlappingBuffers
      }
    }
    if gradients?.overlaps(parameters) ?? false { throw .overlappingBuffers }
  }

  /// Checks the buffers of one tensor, but for their overlap with others.
  fileprivate func check(
    tensor: Int, count: Int, _ use: GradientUse
  ) throws(MemoryFault) {
    guard unsafe parameters.count == count else {
      throw unsafe .tensorParameterCount(
        parameters.count, expected: count, tensor: tensor)
    }
    if case .needed = use {
      let found = unsafe gradientCount
      guard found == count || found == 0 && use.mayLack(tensor) else {
        throw .tensorGradientCount(found, expected: count, tensor: tensor)
      }
    }
    try checkAlignment(
      unsafe addresses(UnsafeBufferPointer(parameters)),
      MemoryLayout<Scalar>.alignment, tensor: tensor)
    if case .needed = use { _ = unsafe try gradientAddresses(tensor: tensor) }
    if let copy = unsafe bfloat16Copy {
      guard copy.count == count else {
        throw .tensorCopyCount(copy.count, expected: count, tensor: tensor)
      }
      try checkAlignment(
        unsafe addresses(UnsafeBufferPointer(copy)),
        MemoryLayout<BFloat16>.alignment, tensor: tensor)
    }
  }

  /// The addresses of the gradients, after a check of their alignment.
  private func gradientAddresses(
    tensor: Int?
  ) throws(MemoryFault) -> Range<UInt> {
    let alignment =
      unsafe bfloat16Gradients == nil
      ? MemoryLayout<Scalar>.alignment : MemoryLayout<BFloat16>.alignment
    let found = unsafe gradientAddresses
    try checkAlignment(found, alignment, tensor: tensor)
    return found
  }

  /// The addresses of the gradients, in either type.
  var gradientAddresses: Range<UInt> {
    unsafe bfloat16Gradients.map { unsafe addresses($0) }
      ?? addresses(gradients)
  }
}

extension TensorArrays {
  /// Checks the counts of the arrays. They are aligned, and cannot overlap.
  fileprivate func check(
    _ sizes: Span<Int>, _ use: GradientUse
  ) throws(MemoryFault) {
    func checkCount(_ arrays: Int) throws(MemoryFault) {
      guard arrays == sizes.count else {
        throw .tensorCount(arrays, expected: sizes.count)
      }
    }
    try checkCount(parameters.count)
    let narrow = !bfloat16Gradients.isEmpty
    if case .needed = use {
      try checkCount(narrow ? bfloat16Gradients.count : gradients.count)
    }
    if !bfloat16Copies.isEmpty { try checkCount(bfloat16Copies.count) }
    for index in parameters.indices {
      let expected = sizes[index]
      guard parameters[index].count == expected else {
        throw .tensorParameterCount(
          parameters[index].count, expected: expected, tensor: index)
      }
      if case .needed = use {
        let found =
          narrow ? bfloat16Gradients[index].count : gradients[index].count
        guard found == expected || found == 0 && use.mayLack(index) else {
          throw .tensorGradientCount(found, expected: expected, tensor: index)
        }
      }
      if !bfloat16Copies.isEmpty, bfloat16Copies[index].count != expected {
        throw .tensorCopyCount(
          bfloat16Copies[index].count, expected: expected, tensor: index)
      }
    }
  }
}

extension BufferOrder {
  /// Checks that no memory that is written overlaps with other memory.
  fileprivate mutating func check<Scalar>(
    _ tensors: [ParameterBuffers<Scalar>], _ use: GradientUse
  ) throws(MemoryFault) {
    var withGradients = true
    if case .none = use { withGradients = false }
    let found = unsafe tensors.withUnsafeBufferPointer {
      unsafe firstOverlap(among: $0, withGradients: withGradients)
    }
    if let found { throw .overlappingTensors(found.first, found.second) }
  }
}

/// Checks that a buffer starts where its elements may.
private func checkAlignment(
  _ addresses: Range<UInt>, _ alignment: Int, tensor: Int? = nil
) throws(MemoryFault) {
  if addresses.isEmpty { return }
  guard addresses.lowerBound.isMultiple(of: UInt(alignment)) else {
    throw .misaligned(
      address: addresses.lowerBound, alignment: alignment, tensor: tensor)
  }
}
