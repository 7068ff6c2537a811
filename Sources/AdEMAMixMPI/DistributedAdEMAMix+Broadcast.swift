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
    var checked = prepared { optimizer throws(AdEMAMixError) in
      try optimizer.checkWhole(tensors)
    }
    if case .success = checked, !(0..<rankCount).contains(root) {
      checked = .failure(.noSuchRank(root, count: rankCount))
    }
    try agree(on: checked, in: .broadcast(root: root))
    let ranks = communicator.ranks
    for tensor in layout.tensors.indices {
      try unsafe tensors.withTensor(tensor, of: layout) {
        (elements) throws(DistributedError) in
        try unsafe ranks.broadcast(
          UnsafeMutableRawBufferPointer(elements), from: root)
      }
    }
  }
}

#endif
