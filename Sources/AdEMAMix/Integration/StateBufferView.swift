//===--- StateBufferView.swift - a tensor's bytes in one buffer -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The elements that one tensor has in a buffer of the state.
@safe package struct StateBufferView {
  /// The index of the tensor in the layout.
  package let tensor: Int
  /// Has the number of elements as its shape where a shard cuts the tensor.
  package let stored: StateTensor
  /// Valid while the optimizer is neither changed nor destroyed.
  package let bytes: UnsafeMutableRawBufferPointer
}
