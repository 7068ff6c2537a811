//===--- AdEMAMixError+Average.swift - averages that are refused ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension AdEMAMixError {
  /// The schedule of the decay breaks a rule of its own.
  package static func invalidDecay(
    _ error: ScheduleError
  ) -> Self {
    AdEMAMixError(
      .invalidHyperparameter,
      "the schedule of the decay has \(error)")
  }

  /// The decay lies outside `0 ..< 1` after that many updates.
  package static func decayOutOfRange(
    _ value: Double, updateCount: Int
  ) -> Self {
    AdEMAMixError(
      .invalidHyperparameter,
      "the decay is \(value) after \(updateCount) updates: it must lie in "
        + "0 ..< 1", value: value)
  }

  /// The average of an optimizer has another count than its shard.
  package static func averageCount(
    _ count: Int, expected: Int
  ) -> Self {
    wrongCount("the average has \(count) elements", count, expected: expected)
  }

  /// A tensor has another count than the one averaged. Tensors are counted from
  /// 0.
  package static func tensorParameterCount(
    _ count: Int, expected: Int, tensor: Int
  ) -> Self {
    wrongCount(
      "\(count) parameters in tensor \(tensor)", count, expected: expected)
  }

  /// The buffer of a tensor that is averaged does not start at a multiple of
  /// the scalar's alignment. Tensors are counted from 0.
  package static func misalignedBuffer(
    address: UInt, alignment: Int, tensor: Int
  ) -> Self {
    AdEMAMixError(
      .unsuitableMemory,
      "tensor \(tensor) starts at address \(address), which is no multiple of "
        + "\(alignment)")
  }

  /// The memory of two tensors overlaps.
  package static func overlappingTensors(
    _ first: Int, _ second: Int
  ) -> Self {
    AdEMAMixError(
      .unsuitableMemory,
      "the memory of tensors \(first) and \(second) overlaps: they must lie "
        + "apart", value: Double(first))
  }

  /// The averages are in the model, and must be swapped back first.
  package static var isSwappedIn: Self {
    AdEMAMixError(
      .averageIsSwappedIn,
      "the averages are in the model: they must be swapped back first")
  }

  /// An update count outside `0 ... 2^53`.
  package static func updateCount(
    _ count: Int
  ) -> Self {
    AdEMAMixError(
      .invalidState,
      "\(count) updates: there must be 0 to 2^53", value: Double(count))
  }

  /// A stored average has a scale outside `1/16 ... 1`.
  package static func scale(
    _ scale: Double
  ) -> Self {
    AdEMAMixError(
      .invalidState,
      "the scale of a stored average is \(scale): it must lie in "
        + "1/16 ... 1", value: scale)
  }

  /// A stored average has tensors of sizes that do not add up.
  package static func tensorSizes(
    _ sizes: [Int], expectedCount expected: Int
  ) -> Self {
    AdEMAMixError(
      .invalidState,
      "tensors of sizes \(sizes): they must add up to \(expected)")
  }
}
