//===--- DistributedAdEMAMix+Broadcast.swift - parameters of one rank -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix

extension DistributedAdEMAMix {
  /// Copies the parameters of one rank to all others.
  ///
  /// - Parameters:
  ///   - parameters: A tree of all parameters. On other ranks than `root` they
  ///     become the parameters of `root`.
  ///   - root: A rank: 0 ..< ``MPICommunicator/size``.
  /// - Throws: ``DistributedError``, on all ranks. Then the parameters have not
  ///   changed, unless the code is ``DistributedError/Code/communication``.
  /// - Complexity: O(count of the layout + number of tensors).
  public mutating func broadcast<Parameters: TensorTree<Scalar>>(
    _ parameters: inout Parameters, from root: Int = 0
  ) throws(DistributedError) {
    try checkIsUsable()
    let tensors = state.trees(leaving: [])
    tensors.parameters.take(from: &parameters, expected: layout.tensors)
    defer { tensors.putBack(into: &parameters) }
    try broadcast(tensors, from: root)
  }

  /// Copies the parameters of one rank, in their own form.
  mutating func broadcast(
    _ tensors: CallerTensors<Scalar>, from root: Int
  ) throws(DistributedError) {
    var checked = prepared { optimizer throws(AdEMAMixError) in
      try optimizer.checkWhole(tensors)
    }
    if case .success = checked, !(0..<rankCount).contains(root) {
      checked = .failure(.noSuchRank(root, count: rankCount))
    }
    try agree(on: checked, in: .broadcast(root: root))
    for tensor in layout.tensors.indices {
      try broadcast(
        tensors, tensor, layout.tensors[tensor].range, from: root,
        isSplit: tensors.hasSplitWeights)
    }
  }

  /// Gives all ranks the parameters of the shards from the owners of these.
  ///
  /// - Parameters:
  ///   - tensors: Trees of all parameters, which have been checked.
  ///   - isSplit: Whether to copy the trees' split weights, in place of their
  ///     parameters.
  /// - Throws: ``DistributedError/Code/communication``.
  mutating func gatherShards(
    _ tensors: CallerTensors<Scalar>, isSplit: Bool
  ) throws(DistributedError) {
    // Each rank has everything if there is one owner.
    if shards.bounds.count == 1 { return }
    for (owner, shard) in shards.bounds.enumerated() {
      for (index, tensor) in layout.tensors.enumerated() {
        let own = tensor.range.clamped(to: shard)
        if own.isEmpty { continue }
        try broadcast(tensors, index, own, from: owner, isSplit: isSplit)
      }
    }
  }

  /// Copies some elements of a tensor, counted in the layout.
  private mutating func broadcast(
    _ tensors: CallerTensors<Scalar>, _ tensor: Int, _ elements: Range<Int>,
    from root: Int, isSplit: Bool
  ) throws(DistributedError) {
    let ranks = communicator.ranks
    do throws(DistributedError) {
      try unsafe tensors.withBytes(
        of: tensor, elements, in: layout, isSplit: isSplit
      ) { (bytes) throws(DistributedError) in
        try unsafe ranks.broadcast(bytes, from: root)
      }
    } catch {
      isBroken = true
      throw error
    }
  }
}

#endif
