//===--- CheckpointError+Description.swift - errors in words --------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
internal import SafeTensors

extension CheckpointError: CustomStringConvertible {
  /// The value that was found, and the rule it breaks.
  public var description: String {
    switch self {
    case .file(let error):
      error.description
    case .notACheckpoint(let key):
      "the file is no checkpoint: its metadata has no '\(key)'"
    case .newerVersion(let version, let supported):
      "the checkpoint is of version \(version): this library reads up to "
        + "version \(supported)"
    case .malformedVersion(let version):
      "the checkpoint's version is '\(version)': it must be a number of at "
        + "least 1"
    case .malformedRecord(let reason, let key):
      "the checkpoint's '\(key)': \(reason)"
    case .malformedShard(let bounds, let count):
      "the checkpoint's shard is \(bounds): it must be two bounds in "
        + "0 ... \(count)"
    case .storedBuffers(let names, let group):
      "group '\(group)' is stored with the buffers \(names), which it cannot "
        + "have"
    case .invalidState(let error):
      "the optimizer: \(error)"
    case .invalidAverage(let error):
      "the average: \(error)"
    case .scalarType(let type, let expected):
      "the checkpoint is of \(type): it must be of \(expected)"
    case .groups(let names, let expected):
      "the checkpoint has groups \(names): they must be \(expected)"
    case .groupTensors(let names, let expected, let group):
      "the checkpoint has tensors \(names) in group '\(group)': they must be "
        + "\(expected)"
    case .tensorOrder(let names, let expected):
      "the checkpoint has the tensors in the order \(names): it must be "
        + "\(expected)"
    case .shape(let shape, let expected, let tensor):
      "tensor '\(tensor)' has shape \(shape) in the checkpoint: it must be "
        + "\(expected)"
    case .shard(let shard, let expected):
      "the checkpoint has the shard \(shard): it must be \(expected)"
    case .storage(let storage, let expected, let group):
      "the checkpoint has the moments of group '\(group)' as "
        + "\(formats(storage)): they must be \(formats(expected)), or be "
        + "converted with 'keeping: .storage'"
    case .cannotKeep(let setting, let count):
      "cannot keep \(setting.field) (\(setting.inCode)): "
        + (count == 0
          ? "the state of the file is that of \(setting.inFile)"
          : "the file, with \(setting.inFile), is in the middle of a step, "
            + "after \(count) \(count == 1 ? "gradient" : "gradients"). Load "
            + "without keeping it, then complete or discard the step")
    case .negativeSecondMoment(let value, let index, let tensor):
      "element \(index) of the second moment of tensor '\(tensor)' is "
        + "\(value): it must be at least 0"
    case .blockMagnitude(let value, let block, let tensor):
      "the largest magnitude of block \(block) in '\(tensor)' is \(value): it "
        + "must be finite"
    case .parameterCount(let count, let expected):
      "\(count) parameters: there must be \(expected)"
    case .tensorCount(let count, let expected):
      "\(count) tensors: there must be \(expected)"
    case .tensorParameterCount(let count, let expected, let tensor):
      "\(count) parameters for tensor '\(tensor)': there must be \(expected)"
    case .unsuitableMemory(let error):
      "the parameters: \(error)"
    case .averageCount(let count, let expected):
      "an average of \(count) parameters: it must be of \(expected)"
    case .noParameters:
      "the checkpoint was saved without parameters"
    case .noAverage:
      "the checkpoint was saved without an average"
    case .reservedMetadataKey(let key):
      "the key '\(key)' has a meaning of its own in the metadata"
    case .step(let step, let expected):
      "the checkpoint is of step \(step): its name says \(expected)"
    case .inFile(let error, let path):
      "'\(path)': \(error)"
    case .noneIntact(let damaged):
      "no checkpoint is intact: "
        + damaged.map { "\($0.error.named($0.path))" }.joined(separator: "; ")
    case .noIndex(let folder):
      "'\(folder)' has no index of shards: its save did not come to an end, or "
        + "it is no sharded checkpoint"
    case .malformedIndex(let reason, let folder):
      "the index of the shards in '\(folder)': \(reason)"
    case .rangeOutOfLayout(let range, let count):
      "the range \(range) lies outside the \(count) elements of the "
        + "checkpoint's layout"
    case .shardCut(let count, let tensor):
      "a shard ends after \(count) elements of '\(tensor)', within a block that "
        + "is stored with one number for all"
    case .shardsDiffer(let first, let second):
      "'\(first)' and '\(second)' are of different states: they must be of the "
        + "same call"
    case .interval(let steps):
      "a checkpoint every \(steps) steps: it must be every 1 or more"
    case .keptCount(let count):
      "\(count) checkpoints to keep: it must be at least 1"
    }
  }

  private func formats(_ storage: MomentStorage) -> String {
    "\(storage.fast), \(storage.slow), \(storage.second)"
  }
}
