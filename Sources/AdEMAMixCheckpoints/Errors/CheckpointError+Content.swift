//===--- CheckpointError+Content.swift - impossible content of a file -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix

extension CheckpointError {
  /// The version of the format is not a number of at least 1.
  package static func malformedVersion(_ version: String) -> CheckpointError {
    CheckpointError(
      .malformed,
      "the checkpoint's version is '\(version)': it must be a number of at "
        + "least 1")
  }

  /// The text under this key of the metadata breaks a rule of the file format.
  package static func malformedRecord(
    _ reason: String, key: String
  ) -> CheckpointError {
    CheckpointError(.malformed, "the checkpoint's '\(key)': \(reason)")
  }

  /// The bounds of the shard are not two, or lie outside the layout.
  package static func malformedShard(
    _ bounds: [Int], count: Int
  ) -> CheckpointError {
    CheckpointError(
      .malformed,
      "the checkpoint's shard is \(bounds): it must be two bounds in "
        + "0 ... \(count)")
  }

  /// The index of the shards in the folder breaks a rule of the file format.
  package static func malformedIndex(
    _ reason: String, folder: String
  ) -> CheckpointError {
    CheckpointError(
      .malformed, "the index of the shards in '\(folder)': \(reason)",
      path: folder)
  }

  /// The files of two shards are of different states of a run.
  package static func shardsDiffer(
    _ first: String, _ second: String
  ) -> CheckpointError {
    CheckpointError(
      .malformed,
      "'\(first)' and '\(second)' are of different states: they must be of the "
        + "same call")
  }

  /// A group has tensors of buffers that it cannot have. The buffers are called
  /// as in the file.
  package static func storedBuffers(
    _ names: [String], group: String
  ) -> CheckpointError {
    CheckpointError(
      .malformed,
      "group '\(group)' is stored with the buffers \(names), which it cannot "
        + "have")
  }

  /// An element of a second moment is negative.
  package static func negativeSecondMoment(
    value: Double, index: Int, tensor: String
  ) -> CheckpointError {
    CheckpointError(
      .malformed,
      "element \(index) of the second moment of tensor '\(tensor)' is "
        + "\(value): it must be at least 0")
  }

  /// The largest magnitude of a block is not finite. The tensor is called as in
  /// the file.
  package static func blockMagnitude(
    _ value: Float, block: Int, tensor: String
  ) -> CheckpointError {
    CheckpointError(
      .malformed,
      "the largest magnitude of block \(block) in '\(tensor)' is \(value): it "
        + "must be finite")
  }

  /// No optimizer can have the state, or there is too little memory for it.
  package static func invalidState(_ error: AdEMAMixError) -> CheckpointError {
    CheckpointError(.invalidState, "the optimizer: \(error)", cause: error)
  }

  /// No average can have the state, or the average cannot be saved.
  package static func invalidAverage(
    _ error: AdEMAMixError
  ) -> CheckpointError {
    CheckpointError(.invalidState, "the average: \(error)", cause: error)
  }

  /// The file was saved without parameters.
  package static var noParameters: CheckpointError {
    CheckpointError(
      .missingContent, "the checkpoint was saved without parameters")
  }

  /// The file was saved without an average.
  package static var noAverage: CheckpointError {
    CheckpointError(
      .missingContent, "the checkpoint was saved without an average")
  }
}
