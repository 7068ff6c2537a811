//===--- CheckpointError.swift - why a file was refused -------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import AdEMAMix
public import SafeTensors

/// Why a checkpoint was not saved or loaded.
///
/// The state of the optimizer and the file in its folder are as they were before,
/// unless only flushing the folder failed.
public enum CheckpointError: Error, Sendable, Hashable {
  /// The file cannot be read or written, or is not the one that was written.
  case file(SafeTensorsError)
  /// The metadata lacks the key that says what the file is.
  case notACheckpoint(missingKey: String)
  /// The file is of a later version of the format than this library reads.
  case newerVersion(Int, supported: Int)
  /// The version of the format is not a number of at least 1.
  case malformedVersion(String)
  /// The text under this key of the metadata is not one of the format.
  case malformedRecord(String, key: String)
  /// The bounds of the shard are not two, or lie outside of the layout.
  case malformedShard([Int], count: Int)
  /// A group has tensors of buffers, by the file's names, that it cannot have.
  case storedBuffers([String], group: String)
  /// The state is one that no optimizer can have, or for which there is too little
  /// memory.
  case invalidState(AdEMAMixError)
  /// The average cannot be saved, or has a state that no average can have.
  case invalidAverage(ParameterAverageError)
  /// The optimizer works on another scalar type.
  case scalarType(TensorElementType, expected: TensorElementType)
  /// The groups have other names.
  case groups([String], expected: [String])
  /// A group has other tensors, or the same in another order.
  case groupTensors([String], expected: [String], group: String)
  /// The tensors lie in another order.
  case tensorOrder([String], expected: [String])
  /// A tensor has another shape.
  case shape([Int], expected: [Int], tensor: String)
  /// The file has another part of the flat index space.
  case shard(Range<Int>, expected: Range<Int>)
  /// A group's moments are stored in other formats, and were not to be converted.
  case storage(MomentStorage, expected: MomentStorage, group: String)
  /// A setting of the code was to be kept, and the state of the file is that of
  /// another: the form of the equations, or so many gradients that have
  /// accumulated for a step.
  case cannotKeep(SettingDifference, accumulatedGradients: Int)
  /// An element of a second moment is negative.
  case negativeSecondMoment(value: Double, index: Int, tensor: String)
  /// The largest magnitude of a block is not finite; `tensor` is that of the file.
  case blockMagnitude(Float, block: Int, tensor: String)
  /// The parameters have the wrong count.
  case parameterCount(Int, expected: Int)
  /// The list of tensors has another count than the layout.
  case tensorCount(Int, expected: Int)
  /// A tensor has another count than the shard has of it.
  case tensorParameterCount(Int, expected: Int, tensor: String)
  /// The memory of separate tensors is misaligned, or some of it overlaps: no
  /// step takes it either.
  case unsuitableMemory(AdEMAMixError)
  /// The average is one of another number of parameters.
  case averageCount(Int, expected: Int)
  /// The file was saved without parameters.
  case noParameters
  /// The file was saved without an average.
  case noAverage
  /// A key of the metadata has another meaning in a file.
  case reservedMetadataKey(String)
  /// The file is of another step than the one in its name.
  case step(Int, expected: Int)
  /// One of several files, which has this path, was refused.
  indirect case inFile(CheckpointError, path: String)
  /// No file in the folder is intact, and there are these.
  case noneIntact([DamagedCheckpoint])
  /// The folder has no index of shards: it is no sharded checkpoint, or its save
  /// did not come to an end.
  case noIndex(folder: String)
  /// The index of the shards in the folder is not what the format has.
  case malformedIndex(String, folder: String)
  /// A range of elements must lie within the checkpoint's layout.
  case rangeOutOfLayout(Range<Int>, count: Int)
  /// A shard ends within a block of elements that are stored with one number for
  /// all: after so many elements of the tensor.
  case shardCut(at: Int, tensor: String)
  /// The files of two shards are of different states of a run.
  case shardsDiffer(String, String)
  /// A checkpoint is to be saved every so many steps: at least 1.
  case interval(Int)
  /// So many checkpoints are to be kept: at least 1.
  case keptCount(Int)
}

/// A checkpoint that is not as it was written, or has the name of another.
public struct DamagedCheckpoint: Sendable, Hashable {
  /// The file.
  public let path: String
  /// The reason.
  public let error: CheckpointError
}

extension CheckpointError {
  /// Whether the reason lies in one file, so that others beside it may be read.
  var isOfOneFile: Bool {
    if case .file(let error) = self { error.isOfOneFile } else { true }
  }

  /// The error with the path of the file it is about. One of the arguments is
  /// about no file, and one of a reader has the path.
  func named(_ path: String) -> CheckpointError {
    switch self {
    case .file, .inFile, .parameterCount, .tensorCount, .tensorParameterCount,
      .unsuitableMemory, .averageCount:
      self
    default: .inFile(self, path: path)
    }
  }

  /// The result of an operation on one of several files, whose errors name it.
  static func naming<Result: ~Copyable>(
    _ path: String,
    _ body: (_ path: String) throws(CheckpointError) -> Result
  ) throws(CheckpointError) -> Result {
    do {
      return try body(path)
    } catch {
      throw error.named(path)
    }
  }

  /// The result of an operation on files.
  static func wrapping<Result: ~Copyable>(
    _ body: () throws(FileError) -> Result
  ) throws(CheckpointError) -> Result {
    do {
      return try body()
    } catch {
      throw .file(.file(error))
    }
  }

  /// The result of an operation on an average.
  static func wrapping<Result: ~Copyable>(
    _ body: () throws(ParameterAverageError) -> Result
  ) throws(CheckpointError) -> Result {
    do {
      return try body()
    } catch {
      throw .invalidAverage(error)
    }
  }

  /// The result of an operation on an optimizer.
  static func wrapping<Result: ~Copyable>(
    _ body: () throws(AdEMAMixError) -> Result
  ) throws(CheckpointError) -> Result {
    do {
      return try body()
    } catch {
      throw .invalidState(error)
    }
  }

  /// The content of a file that is as it must be.
  static func wrapping<Result: ~Copyable>(
    _ body: () throws(SafeTensorsError) -> Result
  ) throws(CheckpointError) -> Result {
    do {
      return try body()
    } catch {
      throw .file(error)
    }
  }
}
