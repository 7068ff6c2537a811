//===--- AdEMAMixError+Memory.swift - memory that is refused -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension AdEMAMixError {
  /// A flat buffer of parameters has another count than the shard.
  package static func parameterCount(
    _ count: Int, expected: Int
  ) -> Self {
    wrongCount("\(count) parameters", count, expected: expected)
  }

  /// A flat buffer of gradients has another count than the shard.
  package static func gradientCount(
    _ count: Int, expected: Int
  ) -> Self {
    wrongCount("\(count) gradients", count, expected: expected)
  }

  /// A copy of the parameters in bfloat16 has another count than the shard.
  package static func copyCount(
    _ count: Int, expected: Int
  ) -> Self {
    wrongCount("the copy has \(count) elements", count, expected: expected)
  }

  /// The list of tensors has another count than the layout.
  package static func tensorCount(
    _ count: Int, expected: Int
  ) -> Self {
    wrongCount("\(count) tensors", count, expected: expected)
  }

  /// A tensor's buffer of parameters has the wrong count.
  package static func tensorParameterCount(
    _ count: Int, expected: Int, tensor: String
  ) -> Self {
    wrongCount(
      "\(count) parameters in tensor '\(tensor)'",
      count, expected: expected, tensor: tensor)
  }

  /// A tensor's buffer of gradients has the wrong count.
  package static func tensorGradientCount(
    _ count: Int, expected: Int, tensor: String
  ) -> Self {
    wrongCount(
      "\(count) gradients in tensor '\(tensor)'",
      count, expected: expected, tensor: tensor)
  }

  /// A buffer does not start at a multiple of the scalar's alignment. `tensor`
  /// is `nil` for a flat buffer.
  package static func misalignedBuffer(
    address: UInt, alignment: Int, tensor: String?
  ) -> Self {
    AdEMAMixError(
      .unsuitableMemory,
      "\(place(tensor)) starts at address \(address), which is no multiple of "
        + "\(alignment)", tensor: tensor, value: Double(address))
  }

  /// A tree shows a tensor by another name than the layout has in its place.
  package static func tensorName(_ name: String) -> Self {
    AdEMAMixError(
      .invalidLayout,
      "tensor '\(name)' of the tree is not the layout's tensor in its place",
      tensor: name)
  }

  /// Memory that a call changes lies behind a pointer that only reads. `tensor`
  /// is `nil` for a flat buffer.
  package static func readOnlyMemory(tensor: String?) -> Self {
    AdEMAMixError(
      .unsuitableMemory,
      "\(place(tensor)) lies behind a pointer that only reads: parameters and "
        + "copies need one that writes", tensor: tensor)
  }

  /// The flat buffers of parameters and gradients overlap.
  package static var overlappingBuffers: Self {
    AdEMAMixError(
      .unsuitableMemory,
      "the flat buffers overlap: parameters must lie apart from gradients")
  }

  /// The memory of these tensors overlaps: parameters must lie apart from
  /// gradients and other parameters. The names are equal where it is a
  /// tensor's own gradient.
  package static func overlappingTensors(
    _ first: String, _ second: String
  ) -> Self {
    AdEMAMixError(
      .unsuitableMemory,
      "the memory of tensors '\(first)' and '\(second)' overlaps: parameters "
        + "must lie apart from gradients and other parameters")
  }

  /// A tensor's copy in bfloat16 has the wrong count.
  package static func tensorCopyCount(
    _ count: Int, expected: Int, tensor: String
  ) -> Self {
    wrongCount(
      "\(count) elements in the copy of tensor '\(tensor)'",
      count, expected: expected, tensor: tensor)
  }

  private static func place(_ tensor: String?) -> String {
    tensor.map { "tensor '\($0)'" } ?? "the flat buffer"
  }
}
