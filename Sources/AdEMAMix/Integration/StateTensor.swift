//===--- StateTensor.swift - a tensor's numbers in one buffer -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The numbers of one tensor in one buffer.
package struct StateTensor: Sendable, Hashable {
  package let buffer: StateBufferName
  package let type: StateElementType
  /// The sizes of the dimensions.
  package let shape: [Int]

  /// The elements of the tensor that one number of the buffer stands for.
  package var elementsPerNumber: Int {
    buffer.isMaxima ? TileGrid.blockLength : 1
  }

  /// The bytes of a number.
  package func stride<Scalar>(of _: Scalar.Type) -> Int {
    type.stride(of: Scalar.self)
  }

  func byteCount<Scalar>(of _: Scalar.Type) -> Int {
    shape.reduce(stride(of: Scalar.self), *)
  }
}

extension OptimizerRecord {
  /// The numbers of a group's tensor of some shape in the buffers. The maxima
  /// of a moment follow its elements.
  package func stateTensors(ofGroup index: Int, shape: [Int]) -> [StateTensor] {
    let storage = layout.groups[index].storage
    let count = shape.reduce(1, *)
    let blocks = [(count + TileGrid.blockLength - 1) / TileGrid.blockLength]
    return groups[index].buffers.flatMap { buffer -> [StateTensor] in
      let (moment, maxima): (MomentName, StateBufferName)
      switch buffer {
      case .fast: (moment, maxima) = (.fast, .fastMaxima)
      case .slow: (moment, maxima) = (.slow, .slowMaxima)
      case .second: (moment, maxima) = (.second, .secondMaxima)
      case .correction:
        let type: StateElementType = weights == .split24 ? .int8 : .int16
        return [StateTensor(buffer: buffer, type: type, shape: shape)]
      default: return [StateTensor(buffer: buffer, type: .scalar, shape: shape)]
      }
      let format = storage[moment]
      let elements = StateTensor(
        buffer: buffer, type: format.elementType(of: moment), shape: shape)
      guard format.hasMaxima else { return [elements] }
      let blockMaxima = StateTensor(
        buffer: maxima, type: .float32, shape: blocks)
      return [elements, blockMaxima]
    }
  }
}
