//===--- MemoryFault.swift - what is wrong with a caller's memory --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A reason why a call does not take memory of its caller. Tensors are counted
/// from 0; a flat buffer has none.
package enum MemoryFault: Error {
  case parameterCount(Int, expected: Int)
  case gradientCount(Int, expected: Int)
  case copyCount(Int, expected: Int)
  case tensorCount(Int, expected: Int)
  case tensorParameterCount(Int, expected: Int, tensor: Int)
  case tensorGradientCount(Int, expected: Int, tensor: Int)
  case tensorCopyCount(Int, expected: Int, tensor: Int)
  case misaligned(address: UInt, alignment: Int, tensor: Int?)
  /// A tree shows a tensor by a name that is not the layout's.
  case tensorName(String)
  /// Memory that the call changes lies behind a pointer that only reads.
  case readOnly(tensor: Int?)
  case overlappingBuffers
  case overlappingTensors(Int, Int)
}
