//===--- CheckpointError+Reasons.swift - each reason, its code and text ---===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import AdEMAMix
package import SafeTensors

// MARK: - Files

extension CheckpointError {
  /// The file cannot be read or written, or is not as it was written.
  package static func file(_ error: SafeTensorsError) -> CheckpointError {
    CheckpointError(
      error.isOfSystem ? .file : error.isDamage ? .damaged : .malformed,
      error.description, path: error.filePath, cause: error)
  }

  /// The file is of another step than the step in its name.
  package static func step(_ step: Int, expected: Int) -> CheckpointError {
    CheckpointError(
      .damaged,
      "the checkpoint is of step \(step): its name says \(expected)")
  }

  /// The metadata lacks the key that says what the file is.
  package static func notACheckpoint(missingKey key: String) -> CheckpointError
  {
    CheckpointError(
      .notACheckpoint,
      "the file is no checkpoint: its metadata has no '\(key)'")
  }

  /// The folder has no index of shards. The folder is no sharded checkpoint, or
  /// its save did not come to an end.
  package static func noIndex(folder: String) -> CheckpointError {
    CheckpointError(
      .notACheckpoint,
      "'\(folder)' has no index of shards: its save did not come to an end, or "
        + "it is no sharded checkpoint", path: folder)
  }

  /// The file is of a later version of the format than this library reads.
  package static func newerVersion(
    _ version: Int, supported: Int
  ) -> CheckpointError {
    CheckpointError(
      .newerVersion,
      "the checkpoint is of version \(version): this library reads up to "
        + "version \(supported)")
  }

  /// A file among several, which has this path, was refused.
  package static func inFile(
    _ error: CheckpointError, path: String
  ) -> CheckpointError {
    CheckpointError(
      error.code, "'\(path)': \(error)", path: path, damaged: error.damaged,
      cause: error.underlyingError)
  }

  /// No file in the folder is intact. Each error has the path of its file.
  package static func noneIntact(
    _ damaged: [CheckpointError]
  ) -> CheckpointError {
    CheckpointError(
      .noneIntact,
      "no checkpoint is intact: "
        + damaged.map(\.description).joined(separator: "; "),
      damaged: damaged)
  }
}

// MARK: - Content

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
    _ error: ParameterAverageError
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

// MARK: - Comparison with the code

extension CheckpointError {
  /// The file is of another scalar type than the optimizer.
  package static func scalarType(
    _ type: ScalarType, expected: ScalarType
  ) -> CheckpointError {
    CheckpointError(
      .differentLayout,
      "the checkpoint is of \(type): it must be of \(expected)")
  }

  /// The groups have other names.
  package static func groups(
    _ names: [String], expected: [String]
  ) -> CheckpointError {
    CheckpointError(
      .differentLayout,
      "the checkpoint has groups \(names): they must be \(expected)")
  }

  /// A group has other tensors, or the same tensors in another order.
  package static func groupTensors(
    _ names: [String], expected: [String], group: String
  ) -> CheckpointError {
    CheckpointError(
      .differentLayout,
      "the checkpoint has tensors \(names) in group '\(group)': they must be "
        + "\(expected)")
  }

  /// The tensors lie in another order.
  package static func tensorOrder(
    _ names: [String], expected: [String]
  ) -> CheckpointError {
    CheckpointError(
      .differentLayout,
      "the checkpoint has the tensors in the order \(names): it must be "
        + "\(expected)")
  }

  /// A tensor has another shape.
  package static func shape(
    _ shape: [Int], expected: [Int], tensor: String
  ) -> CheckpointError {
    CheckpointError(
      .differentLayout,
      "tensor '\(tensor)' has shape \(shape) in the checkpoint: it must be "
        + "\(expected)")
  }

  /// The file has another part of the flat index space.
  package static func shard(
    _ shard: Range<Int>, expected: Range<Int>
  ) -> CheckpointError {
    CheckpointError(
      .differentLayout,
      "the checkpoint has the shard \(shard): it must be \(expected)")
  }

  /// A shard ends after this number of elements of the tensor, within a block
  /// of elements that are stored with one number for all.
  package static func shardCut(
    at count: Int, tensor: String
  ) -> CheckpointError {
    CheckpointError(
      .differentLayout,
      "a shard ends after \(count) elements of '\(tensor)', within a block that "
        + "is stored with one number for all")
  }

  /// A group's moments are stored in other formats, and were not to be
  /// converted.
  package static func storage(
    _ storage: MomentStorage, expected: MomentStorage, group: String
  ) -> CheckpointError {
    func formats(_ storage: MomentStorage) -> String {
      "\(storage.fast), \(storage.slow), \(storage.second)"
    }
    return CheckpointError(
      .settingsConflict,
      "the checkpoint has the moments of group '\(group)' as "
        + "\(formats(storage)): they must be \(formats(expected)), or be "
        + "converted with 'keeping: .storage'")
  }

  /// A setting of the code was to be kept, but the state of the file was
  /// computed with another value of the setting: another form of the equations,
  /// or another rule for the gradients that have accumulated for a step.
  package static func cannotKeep(
    _ setting: SettingDifference, accumulatedGradients count: Int
  ) -> CheckpointError {
    CheckpointError(
      .settingsConflict,
      "cannot keep \(setting.field) (\(setting.inCode)): "
        + (count == 0
          ? "the state of the file is that of \(setting.inFile)"
          : "the file, with \(setting.inFile), is in the middle of a step, "
            + "after \(count) \(count == 1 ? "gradient" : "gradients"). Load "
            + "without keeping it, then complete or discard the step"))
  }
}

// MARK: - Arguments

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
      .invalidArgument, error.description, path: error.filePath, cause: error)
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
