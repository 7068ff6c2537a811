//===--- DistributedAdEMAMix+Comparison.swift - drift ---------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMix

extension DistributedAdEMAMix {
  /// Compares the parameters of all ranks, if it is time to.
  ///
  /// The cost of parameters that are alike is a pass over memory, and one
  /// `MPI_Iallreduce` of 24 bytes.
  ///
  /// - Throws: ``DistributedError/Code/disagreement``, the same on all ranks.
  func compareParameters(
    _ tensors: CallerTensors<Scalar>, before purpose: StepPurpose
  ) throws(DistributedError) {
    guard let checkInterval, purpose == .step,
      state.accumulatedGradientCount == 0,
      stepCount.isMultiple(of: checkInterval)
    else { return }
    let checksums = layout.tensors.indices.map { tensor in
      var checksum = Digest()
      unsafe tensors.withBytes(
        of: tensor, layout.tensors[tensor].range, in: layout,
        isSplit: tensors.hasSplitWeights
      ) { unsafe checksum.add(UnsafeRawBufferPointer($0)) }
      return checksum.value
    }
    var whole = Digest()
    for checksum in checksums { whole.add(checksum) }
    let ranks = communicator.ranks
    if try ranks.agree(nil, digest: whole.value) { return }
    try ranks.compare(
      FieldList(
        of: Checksums(
          parameters: zip(layout.tensors, checksums).map {
            TensorChecksum(
              name: $0.name, checksum: String($1, radix: 16))
          })))
    preconditionFailure("checksums that are alike have the same digest")
  }
}

/// The checksums of all tensors, as ranks compare them.
private struct Checksums {
  let parameters: [TensorChecksum]
}

private struct TensorChecksum {
  let name: String
  let checksum: String
}

#endif
