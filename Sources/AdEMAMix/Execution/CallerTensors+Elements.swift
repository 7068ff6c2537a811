//===--- CallerTensors+Elements.swift - elements, read and replaced -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension CallerTensors {
  /// Lends the parameters of a tensor.
  ///
  /// - Parameters:
  ///   - tensor: The index of the tensor.
  ///   - range: The elements of the tensor, counted in the shard.
  ///   - body: Reads the elements.
  /// - Throws: The error of `body`.
  package func read<Failure: Error>(
    tensor: Int, range: Range<Int>,
    _ body: (UnsafeBufferPointer<Scalar>) throws(Failure) -> Void
  ) throws(Failure) {
    try unsafe read(parameters, tensor, range, body)
  }

  private func read<Element, Failure: Error>(
    _ list: TensorList<Element>, _ tensor: Int, _ range: Range<Int>,
    _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Void
  ) throws(Failure) {
    let isFlat = list.isFlat
    let own = list[isFlat ? 0 : tensor]
    guard isFlat else { return try unsafe own.read(body) }
    try unsafe own.read { (all) throws(Failure) in
      try unsafe body(UnsafeBufferPointer(rebasing: all[range]))
    }
  }

  /// Lends the weights of a tensor that are split, as ``read(tensor:range:_:)``
  /// lends parameters.
  package func read<Failure: Error>(
    weightsOfTensor tensor: Int, range: Range<Int>,
    _ body: (UnsafeBufferPointer<BFloat16>) throws(Failure) -> Void
  ) throws(Failure) {
    try unsafe read(weights, tensor, range, body)
  }

  /// Replaces the weights of a tensor that are split, as
  /// ``replace(tensor:range:from:with:)`` replaces parameters.
  package func replace(
    weightsOfTensor tensor: Int, range: Range<Int>, from first: Int = 0,
    with elements: UnsafeBufferPointer<BFloat16>
  ) {
    unsafe Self.lend(weights, tensor, range, first) {
      unsafe _ = $0.update(fromContentsOf: elements)
    }
  }

  /// Replaces parameters of a tensor by as many elements.
  ///
  /// - Parameters:
  ///   - tensor: The index of the tensor.
  ///   - range: The parameters, counted in one buffer of all tensors.
  ///   - first: The first of them, counted in a buffer of the tensor.
  ///   - elements: The new parameters.
  package func replace(
    tensor: Int, range: Range<Int>, from first: Int = 0,
    with elements: UnsafeBufferPointer<Scalar>
  ) {
    unsafe Self.lend(parameters, tensor, range, first) {
      unsafe _ = $0.update(fromContentsOf: elements)
    }
  }

  /// Lends elements of a tensor, which lie at another place in one buffer of
  /// all tensors than in a buffer of the tensor.
  static func lend<Element, Failure: Error>(
    _ list: TensorList<Element>, _ tensor: Int, _ range: Range<Int>,
    _ first: Int,
    _ body: (UnsafeMutableBufferPointer<Element>) throws(Failure) -> Void
  ) throws(Failure) {
    let isFlat = list.isFlat
    let index = isFlat ? 0 : tensor
    var memory = list.exchange(index, with: .none)
    defer { _ = list.exchange(index, with: memory) }
    let own = isFlat ? range : first..<(first + range.count)
    try unsafe memory.lend { (elements) throws(Failure) in
      try unsafe body(UnsafeMutableBufferPointer(rebasing: elements[own]))
    }
  }
}
