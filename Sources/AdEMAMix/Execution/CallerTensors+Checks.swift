//===--- CallerTensors+Checks.swift - memory that a call takes ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension CallerTensors {
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
    if let name = parameters.mismatch ?? weights.mismatch ?? gradients.mismatch
      ?? bfloat16Gradients.mismatch ?? bfloat16Copies.mismatch
    {
      throw .tensorName(name)
    }
    let isFlat = isFlat
    let tensorCount = isFlat ? 1 : sizes.count
    func checkCount<Element>(
      of list: TensorList<Element>
    ) throws(MemoryFault) {
      guard list.count == tensorCount else {
        throw .tensorCount(list.count, expected: tensorCount)
      }
    }
    if parameters.isGiven || !weights.isGiven {
      try checkCount(of: parameters)
    }
    if weights.isGiven { try checkCount(of: weights) }
    if use.needsGradients {
      try bfloat16Gradients.isGiven
        ? checkCount(of: bfloat16Gradients) : checkCount(of: gradients)
    }
    if bfloat16Copies.isGiven { try checkCount(of: bfloat16Copies) }
    for tensor in 0..<tensorCount {
      try check(
        isFlat ? nil : tensor, count: isFlat ? count : sizes[tensor], use)
    }
    collectPointers()
    guard unsafe !buffers.isEmpty else { return }
    let found = unsafe buffers.withUnsafeBufferPointer {
      unsafe order.firstOverlap(
        among: $0, withGradients: use.needsGradients)
    }
    guard let found else { return }
    throw isFlat
      ? .overlappingBuffers : .overlappingTensors(found.first, found.second)
  }

  /// Checks one tensor, or a single array or buffer of all.
  private func check(
    _ tensor: Int?, count: Int, _ use: GradientUse
  ) throws(MemoryFault) {
    let index = tensor ?? 0
    if parameters.isGiven {
      try check(parameters[index], tensor, count, areRead: areRead)
    }
    if weights.isGiven {
      try check(weights[index], tensor, count, areRead: areWeightsRead)
    }
    if use.needsGradients {
      if bfloat16Gradients.isGiven {
        try check(bfloat16Gradients[index], tensor, count, use)
      } else {
        try check(gradients[index], tensor, count, use)
      }
    }
    if bfloat16Copies.isGiven {
      let copy = bfloat16Copies[index]
      guard copy.count == count else {
        throw tensor.map {
          .tensorCopyCount(copy.count, expected: count, tensor: $0)
        } ?? .copyCount(copy.count, expected: count)
      }
      if copy.isReadOnly { throw .readOnly(tensor: tensor) }
      try copy.checkAlignment(tensor)
    }
  }

  /// Checks the parameters of a tensor, in either form.
  private func check<Element>(
    _ own: TensorMemory<Element>, _ tensor: Int?, _ count: Int, areRead: Bool
  ) throws(MemoryFault) {
    guard own.count == count else {
      throw tensor.map {
        .tensorParameterCount(own.count, expected: count, tensor: $0)
      } ?? .parameterCount(own.count, expected: count)
    }
    if !areRead, own.isReadOnly { throw .readOnly(tensor: tensor) }
    try own.checkAlignment(tensor)
  }

  /// Checks the gradients of a tensor.
  private func check<Element>(
    _ gradients: TensorMemory<Element>, _ tensor: Int?, _ count: Int,
    _ use: GradientUse
  ) throws(MemoryFault) {
    let found = gradients.count
    guard
      found == count
        || found == 0 && tensor.map({ use.mayLack($0) }) ?? false
    else {
      throw tensor.map {
        .tensorGradientCount(found, expected: count, tensor: $0)
      } ?? .gradientCount(found, expected: count)
    }
    if clearsGradients, gradients.isReadOnly { throw .readOnly(tensor: tensor) }
    try gradients.checkAlignment(tensor)
  }
}

extension TensorMemory {
  /// Checks that memory behind a pointer starts where its elements may.
  func checkAlignment(_ tensor: Int?) throws(MemoryFault) {
    guard let pointer = unsafe pointer, !pointer.isEmpty else { return }
    let address = UInt(bitPattern: pointer.baseAddress)
    let alignment = MemoryLayout<Element>.alignment
    guard address.isMultiple(of: UInt(alignment)) else {
      throw .misaligned(address: address, alignment: alignment, tensor: tensor)
    }
  }
}
