//===--- AdEMAMixError+MemoryFault.swift - memory, by name ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension AdEMAMixError {
  /// The error of a call whose memory is refused. The first tensor of the call
  /// has the index `first` in the layout.
  package init(
    _ fault: MemoryFault, _ layout: ParameterLayout, from first: Int = 0
  ) {
    func name(_ tensor: Int) -> String { layout.tensors[first + tensor].name }
    self =
      switch fault {
      case .parameterCount(let count, let expected):
        .parameterCount(count, expected: expected)
      case .gradientCount(let count, let expected):
        .gradientCount(count, expected: expected)
      case .copyCount(let count, let expected):
        .copyCount(count, expected: expected)
      case .tensorCount(let count, let expected):
        .tensorCount(count, expected: expected)
      case .tensorParameterCount(let count, let expected, let tensor):
        .tensorParameterCount(count, expected: expected, tensor: name(tensor))
      case .tensorGradientCount(let count, let expected, let tensor):
        .tensorGradientCount(count, expected: expected, tensor: name(tensor))
      case .tensorCopyCount(let count, let expected, let tensor):
        .tensorCopyCount(count, expected: expected, tensor: name(tensor))
      case .misaligned(let address, let alignment, let tensor):
        .misalignedBuffer(
          address: address, alignment: alignment, tensor: tensor.map(name))
      case .tensorName(let name): .tensorName(name)
      case .readOnly(let tensor): .readOnlyMemory(tensor: tensor.map(name))
      case .overlappingBuffers: .overlappingBuffers
      case .overlappingTensors(let first, let second):
        .overlappingTensors(name(first), name(second))
      }
  }
}
