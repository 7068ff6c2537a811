//===--- CheckpointError.swift - why a file was refused -------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import AdEMAMix
public import SafeTensors

/// Why a checkpoint was not saved or loaded.
///
/// What was there before is still there: the file in its folder, and the state of
/// the optimizer.
public enum CheckpointError: Error, Sendable, Hashable {
  /// The file cannot be read or written, or is not the one that was written.
  case file(SafeTensorsError)
  /// The metadata lacks the key that says what the file is.
  case notACheckpoint(missingKey: String)
  /// The file is of a later version of the format than this library reads.
  case newerVersion(Int, supported: Int)
  /// The version of the format is not a number of at least 1.
  case malformedVersion(String)
  /// The description of the optimizer is not what the format has.
  case malformedRecord(String)
  /// The stored state is one that no optimizer can have.
  case invalidState(AdEMAMixError)
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
  /// An element of a second moment is negative.
  case negativeSecondMoment(value: Double, index: Int, tensor: String)
  /// The parameters have the wrong count.
  case parameterCount(Int, expected: Int)
  /// The file was saved without parameters.
  case noParameters
}

extension CheckpointError {
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
}

extension CheckpointError {
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

extension CheckpointError: CustomStringConvertible {
  /// What was found and what was expected.
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
    case .malformedRecord(let reason):
      "the checkpoint's description of the optimizer: \(reason)"
    case .invalidState(let error):
      "the checkpoint's optimizer: \(error)"
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
    case .negativeSecondMoment(let value, let index, let tensor):
      "element \(index) of the second moment of tensor '\(tensor)' is "
        + "\(value): it must be at least 0"
    case .parameterCount(let count, let expected):
      "\(count) parameters: there must be \(expected)"
    case .noParameters:
      "the checkpoint was saved without parameters"
    }
  }
}
