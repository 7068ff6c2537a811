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
}

/// The elements that one tensor has in a buffer of the state.
@safe package struct StatePiece<Scalar: OptimizerScalar> {
  package let buffer: StateBufferName
  /// The index of the tensor in the layout.
  package let tensor: Int
  /// The sizes of the dimensions, or the number of elements alone where a shard
  /// cuts the tensor.
  package let shape: [Int]
  /// Valid while the optimizer is neither changed nor destroyed.
  package let elements: UnsafeMutableBufferPointer<Scalar>
}
