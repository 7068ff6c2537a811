//===--- LentMemory.swift - pointers to the caller's memory --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// Pointers to the caller's memory, valid while the caller lends it.
@unsafe enum LentMemory<Scalar> {
  /// One buffer for all parameters of the shard.
  case flat(ParameterBuffers<Scalar>)
  /// One buffer for each tensor of the layout.
  case tensors(UnsafePointer<ParameterBuffers<Scalar>>)
  /// The buffer of the one tensor whose tiles are to be worked on.
  case tensor(ParameterBuffers<Scalar>)

  /// The memory of a slice from one of its elements on; `nil` where the caller
  /// has given none.
  func elements(
    of slice: TensorSlice, from start: Int
  ) -> ElementMemory<Scalar>? {
    switch unsafe self {
    case .flat(let buffers):
      unsafe ElementMemory(buffers, from: slice.start + start)
    case .tensors(let tensors):
      unsafe ElementMemory(tensors[slice.tensor], from: start)
    case .tensor(let buffers):
      unsafe ElementMemory(buffers, from: start)
    }
  }
}
