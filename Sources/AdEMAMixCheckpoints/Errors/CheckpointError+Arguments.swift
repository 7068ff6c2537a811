//===--- CheckpointError+Arguments.swift - arguments that break a rule ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix
package import SafeTensors

extension CheckpointError {
  /// The parameters have the wrong count.
  package static func parameterCount(
    _ count: Int, expected: Int
  ) -> CheckpointError {
    CheckpointError(
      .invalidArgument, "\(count) parameters: there must be \(expected)")
  }

  /// The list of tensors has another count than the layout.
  package static func tensorCount(
    _ count: Int, expected: Int
  ) -> CheckpointError {
    CheckpointError(
      .invalidArgument, "\(count) tensors: there must be \(expected)")
  }

  /// The array of a tensor has another count than the part of the tensor in the
  /// shard.
  package static func tensorParameterCount(
    _ count: Int, expected: Int, tensor: String
  ) -> CheckpointError {
    CheckpointError(
      .invalidArgument,
      "\(count) parameters for tensor '\(tensor)': there must be \(expected)")
  }

  /// The memory of separate tensors is misaligned or overlaps. A step refuses
  /// such memory too.
  package static func unsuitableMemory(
    _ error: AdEMAMixError
  ) -> CheckpointError {
    CheckpointError(.invalidArgument, "the parameters: \(error)", cause: error)
  }

  /// The average is of another number of parameters.
  package static func averageCount(
    _ count: Int, expected: Int
  ) -> CheckpointError {
    CheckpointError(
      .invalidArgument,
      "an average of \(count) parameters: it must be of \(expected)")
  }

  /// A schedule is a function without a name, which no file can keep.
  package static func unnamedFunction(of field: String) -> CheckpointError {
    CheckpointError(
      .invalidArgument,
      "\(field) is a function without a name: it must have one to be saved")
  }

  /// A key of the metadata has another meaning in a file.
  package static func reservedMetadataKey(_ key: String) -> CheckpointError {
    CheckpointError(
      .invalidArgument,
      "the key '\(key)' has a meaning of its own in the metadata")
  }

  /// No reader would accept the metadata that a file was to be saved with.
  package static func unreadableMetadata(
    _ error: SafeTensorsError
  ) -> CheckpointError {
    CheckpointError(
      .invalidArgument, error.description, path: error.path, cause: error)
  }

  /// A range of elements lies outside the checkpoint's layout.
  package static func rangeOutOfLayout(
    _ range: Range<Int>, count: Int
  ) -> CheckpointError {
    CheckpointError(
      .invalidArgument,
      "the range \(range) lies outside the \(count) elements of the "
        + "checkpoint's layout")
  }

  /// The number of steps from one save to the next is below 1.
  package static func interval(_ steps: Int) -> CheckpointError {
    CheckpointError(
      .invalidArgument,
      "a checkpoint every \(steps) steps: it must be every 1 or more")
  }

  /// The number of checkpoints to keep is below 1.
  package static func keptCount(_ count: Int) -> CheckpointError {
    CheckpointError(
      .invalidArgument, "\(count) checkpoints to keep: it must be at least 1")
  }
}
