//===--- ParameterAverage+Checks.swift - memory of averaged parameters ---===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension ParameterAverage {
  func checkCount(_ parameters: Int) throws(AdEMAMixError) {
    guard parameters == count else {
      throw .parameterCount(parameters, expected: count)
    }
  }

  /// Checks the memory of a call.
  mutating func check(
    _ tensors: CallerTensors<Scalar>
  ) throws(AdEMAMixError) {
    try tensors.check(sizes: sizes, count: count, &bufferOrder)
  }
}

extension CallerTensors {
  /// Checks parameters whose gradients are not looked at. Tensors have no
  /// names, and are counted.
  func check(
    sizes: [Int], count: Int, _ order: inout BufferOrder
  ) throws(AdEMAMixError) {
    do throws(MemoryFault) {
      try check(sizes: sizes.span, count: count, .none, &order)
    } catch {
      throw AdEMAMixError(error)
    }
  }
}

extension AdEMAMixError {
  /// The error of a call whose memory is refused. Tensors have no names.
  fileprivate init(_ fault: MemoryFault) {
    self =
      switch fault {
      case .parameterCount(let count, let expected),
        .gradientCount(let count, let expected),
        .copyCount(let count, let expected):
        .parameterCount(count, expected: expected)
      case .tensorCount(let count, let expected):
        .tensorCount(count, expected: expected)
      case .tensorParameterCount(let count, let expected, let tensor),
        .tensorGradientCount(let count, let expected, let tensor),
        .tensorCopyCount(let count, let expected, let tensor):
        .tensorParameterCount(count, expected: expected, tensor: tensor)
      case .misaligned(let address, let alignment, let tensor):
        if let tensor {
          .misalignedBuffer(
            address: address, alignment: alignment, tensor: tensor)
        } else {
          .misalignedBuffer(
            address: address, alignment: alignment, tensor: nil)
        }
      case .tensorName(let name): .tensorName(name)
      case .readOnly(let tensor):
        .readOnlyMemory(tensor: tensor.map(String.init))
      case .overlappingBuffers: .overlappingTensors(0, 0)
      case .overlappingTensors(let first, let second):
        .overlappingTensors(first, second)
      }
  }
}
