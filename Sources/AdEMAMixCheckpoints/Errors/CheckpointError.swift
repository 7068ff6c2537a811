//===--- CheckpointError.swift - why a file was refused -------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import AdEMAMix
public import SafeTensors

/// Why a checkpoint was not saved or loaded.
///
/// What was there before is still there: the state of the optimizer, and the file
/// in its folder, unless only flushing the folder failed.
public enum CheckpointError: Error, Sendable, Hashable {
  /// The file cannot be read or written, or is not the one that was written.
  case file(SafeTensorsError)
  /// The metadata lacks the key that says what the file is.
  case notACheckpoint(missingKey: String)
  /// The file is of a later version of the format than this library reads.
  case newerVersion(Int, supported: Int)
  /// The version of the format is not a number of at least 1.
  case malformedVersion(String)
  /// What the metadata has under this key is not what the format has.
  case malformedRecord(String, key: String)
  /// The bounds of the shard are not two, or lie outside of the layout.
  case malformedShard([Int], count: Int)
  /// The state is one that no optimizer can have, or for which there is too little
  /// memory.
  case invalidState(AdEMAMixError)
  /// The average is one that cannot be saved, or that no average can be.
  case invalidAverage(ParameterAverageError)
  /// The optimizer works on another scalar type.
  case scalarType(ScalarType, expected: ScalarType)
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
  /// A group's moments are stored otherwise, and were not to be converted.
  case storage(MomentStorage, expected: MomentStorage, group: String)
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
  /// The average is one of another number of parameters.
  case averageCount(Int, expected: Int)
  /// The file was saved without parameters.
  case noParameters
  /// The file was saved without an average.
  case noAverage
  /// A key of the metadata has another meaning in a file.
  case reservedMetadataKey(String)
  /// No file in the folder is intact, and there are these.
  case noneIntact([DamagedCheckpoint])
  /// The folder has no index of shards: it is no sharded checkpoint, or its save
  /// did not come to an end.
  case noIndex(folder: String)
  /// The index of the shards in the folder is not what the format has.
  case malformedIndex(String, folder: String)
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

/// A checkpoint that is not as it was written.
public struct DamagedCheckpoint: Sendable, Hashable {
  /// The file.
  public let path: String
  /// What is wrong with it.
  public let error: SafeTensorsError
}

extension CheckpointError {
  /// What comes of an operation on files.
  static func wrapping<Result: ~Copyable>(
    _ body: () throws(FileError) -> Result
  ) throws(CheckpointError) -> Result {
    do {
      return try body()
    } catch {
      throw .file(.file(error))
    }
  }

  /// An average that the library accepts.
  static func wrapping<Result: ~Copyable>(
    _ body: () throws(ParameterAverageError) -> Result
  ) throws(CheckpointError) -> Result {
    do {
      return try body()
    } catch {
      throw .invalidAverage(error)
    }
  }

  /// An optimizer that the library accepts.
  static func wrapping<Result: ~Copyable>(
    _ body: () throws(AdEMAMixError) -> Result
  ) throws(CheckpointError) -> Result {
    do {
      return try body()
    } catch {
      throw .invalidState(error)
    }
  }

  /// What comes of a file that is as it must be.
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
