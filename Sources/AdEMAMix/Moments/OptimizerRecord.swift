//===--- OptimizerRecord.swift - the state, as values to store ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// All of an optimizer but the elements of its buffers, to be stored with them.
package struct OptimizerRecord: Sendable, Hashable, Codable {
  /// A group and its part of the state.
  package struct Group: Sendable, Hashable, Codable {
    /// The name, hyperparameters and tensors.
    package var group: ParameterGroup
    /// Steps that each moment has taken part in.
    package var stepCounts: MomentStepCounts
    /// The factors between the moments and the buffers.
    package var scales: MomentScales
    /// The buffers that exist, each once.
    package var buffers: [StateBufferName]
  }

  package var groups: [Group]
  /// The tensors' names, in the order of the flat index space.
  package var order: [String]
  /// The part of the flat index space, as its bounds.
  package var shard: [Int]
  package var clock: StepClock
  package var options: StepOptions
  package var counts: RunCounts

  /// The part of the flat index space, or `nil` where the bounds are none.
  package var shardRange: Range<Int>? {
    guard shard.count == 2, shard[0] <= shard[1] else { return nil }
    return shard[0]..<shard[1]
  }
}

/// The name of a buffer of the state.
package enum StateBufferName:
  String, Sendable, Hashable, Codable, CaseIterable
{
  /// m1, as stored.
  case m1
  /// m2, as stored.
  case m2
  /// ν, as stored.
  case nu
  /// The gradients that have accumulated.
  case sum
  /// What rounding has lost of them.
  case residue
  /// The largest magnitudes of blocks, where a moment is stored in blocks. They
  /// go with the moment and are not listed.
  case m1Tops = "m1.tops"
  case m2Tops = "m2.tops"
  case nuTops = "nu.tops"

  package var isTops: Bool {
    switch self {
    case .m1Tops, .m2Tops, .nuTops: true
    case .m1, .m2, .nu, .sum, .residue: false
    }
  }
}

/// The type of the elements of a buffer.
package enum StateElementType: Sendable, Hashable {
  /// That of the optimizer.
  case scalar
  case float32, bfloat16, int16, int8, uint16, uint8

  /// The bytes of an element.
  func stride<Scalar>(of _: Scalar.Type) -> Int {
    switch self {
    case .scalar: MemoryLayout<Scalar>.stride
    case .float32: 4
    case .bfloat16, .int16, .uint16: 2
    case .int8, .uint8: 1
    }
  }
}

/// What one tensor has in one buffer.
package struct StateTensor: Sendable, Hashable {
  package let buffer: StateBufferName
  package let type: StateElementType
  /// The sizes of the dimensions.
  package let shape: [Int]

  /// The elements of the tensor that one number of the buffer stands for.
  package var elementsPerNumber: Int {
    buffer.isTops ? TilePlan.blockCount : 1
  }

  /// The bytes of a number.
  package func stride<Scalar>(of _: Scalar.Type) -> Int {
    type.stride(of: Scalar.self)
  }

  func byteCount<Scalar>(of _: Scalar.Type) -> Int {
    shape.reduce(stride(of: Scalar.self), *)
  }
}

extension OptimizerRecord.Group {
  /// What a tensor of some shape has in the buffers, a moment before the largest
  /// magnitudes of its blocks.
  package func stateTensors(shape: [Int]) -> [StateTensor] {
    let count = shape.reduce(1, *)
    let blocks = [(count + TilePlan.blockCount - 1) / TilePlan.blockCount]
    return buffers.flatMap { buffer -> [StateTensor] in
      let (moment, tops): (MomentName, StateBufferName)
      switch buffer {
      case .m1: (moment, tops) = (.fast, .m1Tops)
      case .m2: (moment, tops) = (.slow, .m2Tops)
      case .nu: (moment, tops) = (.second, .nuTops)
      default: return [StateTensor(buffer: buffer, type: .scalar, shape: shape)]
      }
      let format = group.storage[moment]
      let elements = StateTensor(
        buffer: buffer, type: format.elementType(of: moment), shape: shape)
      return format.hasTops
        ? [elements, StateTensor(buffer: tops, type: .float32, shape: blocks)]
        : [elements]
    }
  }
}

extension MomentFormat {
  /// The type of what is stored.
  fileprivate func elementType(of moment: MomentName) -> StateElementType {
    let isSecond = moment == .second
    return switch self {
    case .scalar: .scalar
    case .bfloat16: .bfloat16
    case .blockInt16: isSecond ? .uint16 : .int16
    case .blockInt8: isSecond ? .uint8 : .int8
    }
  }
}

/// The elements that one tensor has in a buffer of the state.
@safe package struct StatePiece {
  /// The index of the tensor in the layout.
  package let tensor: Int
  /// Has the number of elements as its shape where a shard cuts the tensor.
  package let stored: StateTensor
  /// Valid while the optimizer is neither changed nor destroyed.
  package let bytes: UnsafeMutableRawBufferPointer
}
