//===--- CallerMemory+Clearing.swift - gradients that become 0 ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension CallerMemory {
  /// Sets the gradients of a tensor to 0, where they are to be.
  ///
  /// - Parameters:
  ///   - tensor: The index of the tensor.
  ///   - range: The elements of the tensor, counted in the shard.
  mutating func clearGradients(tensor: Int, range: Range<Int>) {
    switch self {
    case .flat(let buffers):
      unsafe ElementMemory(buffers, from: range.lowerBound)?
        .clearGradients(from: 0, count: range.count)
    case .tensors(let tensors):
      unsafe tensors[tensor].clearGradients()
    case .arrays(let arrays):
      if arrays.clearsGradients {
        withArrays { unsafe $0.lend(tensor) { unsafe $0.clearGradients() } }
      }
    }
  }
}

extension ParameterBuffers {
  /// Sets the gradients to 0, where there are some and they are to be.
  fileprivate func clearGradients() {
    unsafe ElementMemory(self, from: 0)?
      .clearGradients(from: 0, count: gradientCount)
  }
}
