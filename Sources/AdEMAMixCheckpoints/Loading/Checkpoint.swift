//===--- Checkpoint.swift - a file or the files of shards, opened ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

public import AdEMAMix
internal import Foundation

/// A checkpoint that is open: its description, its state, its parameters and
/// their average.
///
///     let checkpoint = try Checkpoint<Float>("run/1000.safetensors")
///     print(checkpoint.stepCount, checkpoint.metadata)
///     var optimizer = try checkpoint.optimizer()
///     var parameters = try checkpoint.parameters()
///
/// A checkpoint is either one file, or a folder with a file for each shard,
/// which `DistributedAdEMAMix` saves. Any number of processes can go on from a
/// folder, and one process too. The run goes on with the same bits.
///
/// Opening verifies the header of a file, with the names, types and shapes of
/// all tensors. Reading verifies the elements, and the headers of the other
/// files of a folder.
public struct Checkpoint<Scalar: OptimizerScalar>: ~Copyable, Sendable {
  /// The file, or the first file of the folder.
  private let first: CheckpointFile<Scalar>
  private let files: CheckpointFiles<Scalar>
  private let isFolder: Bool
  /// The path of the file or folder.
  private let path: String

  /// Opens a checkpoint that was saved with this scalar type.
  ///
  /// - Parameter path: The path of a file, or of the folder of one sharded
  ///   checkpoint, such as `run/step-000001000-1f2e3d4c`.
  /// - Throws: ``CheckpointError``. Its code is `notACheckpoint` for a folder
  ///   without an index, whose save did not come to an end.
  /// - Complexity: O(number of tensors + number of files).
  public init(_ path: String) throws(CheckpointError) {
    self =
      Self.isFolder(path)
      ? try Self.opened(folder: path) : try Self.opened(file: path)
  }

  private init(
    _ first: consuming CheckpointFile<Scalar>, _ files: CheckpointFiles<Scalar>,
    isFolder: Bool, _ path: String
  ) {
    self.path = path
    self.first = first
    self.files = files
    self.isFolder = isFolder
  }

  private static func opened(
    file path: String
  ) throws(CheckpointError) -> Checkpoint {
    let file = try CheckpointFile<Scalar>(path)
    let files = CheckpointFiles(file)
    return Checkpoint(file, files, isFolder: false, path)
  }

  private static func opened(
    folder path: String
  ) throws(CheckpointError) -> Checkpoint {
    let index = try ShardIndex(in: path)
    let first = try CheckpointError.naming("\(path)/\(index.files[0].name)") {
      path throws(CheckpointError) in try CheckpointFile<Scalar>(path)
    }
    let files = try CheckpointFiles(index, in: path, first)
    return Checkpoint(first, files, isFolder: true, path)
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    let exists = unsafe FileManager.default.fileExists(
      atPath: path, isDirectory: &isFolder)
    return exists && isFolder.boolValue
  }
}

// MARK: - Description

extension Checkpoint {
  /// The groups, and the tensors in the order of the flat index space.
  public var layout: ParameterLayout { first.layout }

  /// The parts of the flat index space that the files have, in order and
  /// without gaps. A file has one part, which is the whole unless the file is
  /// of a shard.
  public var shards: [Range<Int>] { files.shards }

  /// The part of the flat index space that all files have together.
  package var shard: Range<Int> { files.whole }

  /// The texts that the caller added when the checkpoint was saved.
  public var metadata: [String: String] { first.metadata }

  /// The number of steps completed.
  public var stepCount: Int { first.stepCount }

  /// The engine that computed the steps. `nil` if the file, of an earlier
  /// version or another program, does not name the engine.
  public var engine: StepEngine? { first.engine }

  /// Whether the checkpoint has the parameters. The first file of a folder
  /// answers for all files.
  public var hasParameters: Bool { first.hasParameters }

  /// Whether the checkpoint has an average of the parameters. The first file of
  /// a folder answers for all files.
  public var hasAverage: Bool { first.hasAverage }

  /// Whether all numbers of groups that are not frozen are finite: parameters,
  /// their average, moments and accumulated gradients. `nil` if a file, of an
  /// earlier version or another program, does not say, or if a file of a folder
  /// cannot be opened.
  ///
  /// - Complexity: O(1) for a file. O(number of tensors in all files) for a
  ///   folder, whose files are opened.
  public var isFinite: Bool? { isFolder ? files.isFinite : first.isFinite }
}

// MARK: - Content

extension Checkpoint {
  /// The optimizer as it was saved, or a part of it. It goes on with the same
  /// bits.
  ///
  /// A file keeps no more than the name of a
  /// `HyperparameterSchedule.function(_:_:)`, so the program supplies it again:
  ///
  ///     var optimizer = try checkpoint.optimizer(schedules: [
  ///       "inverse square root": { 1e-3 / Double($0 + 1).squareRoot() }
  ///     ])
  ///
  /// - Parameters:
  ///   - shard: The part of the flat index space that the optimizer works on: a
  ///     part that `ParameterLayout.shards(_:of:)` gives for any number of
  ///     processes. `nil` stands for all that the checkpoint has.
  ///   - engine: The engine that computes a step. `nil` stands for ``engine``.
  ///     If that is `nil`, or does not work on the stored moments, it stands
  ///     for `blas`, or for `fused` if a group stores its moments in fewer
  ///     bits.
  ///   - threads: The largest number of threads of a step. `nil` stands for the
  ///     default of a new optimizer.
  ///   - schedules: The functions of schedules, by name. Names that the
  ///     checkpoint does not have are ignored.
  /// - Returns: The optimizer. All elements that were read are verified.
  /// - Throws: ``CheckpointError``. Its code is `missingFunction` if a function
  ///   of the checkpoint is not among `schedules`.
  /// - Complexity: O(elements of the files that have parts of the shard).
  public func optimizer(
    shard: Range<Int>? = nil, engine: StepEngine? = nil, threads: Int? = nil,
    schedules: [String: @Sendable (_ count: Int) -> Double] = [:]
  ) throws(CheckpointError) -> AdEMAMix<Scalar> {
    if !isFolder, shard == nil || shard == first.shard {
      return try first.optimizer(
        first.header.record.supplied(with: schedules), engine: engine,
        threads: threads)
    }
    let record = try files.record(of: files.checked(shard))
    return try files.optimizer(
      record.supplied(with: schedules), engine: engine,
      savedWith: first.engine, threads: threads)
  }

  /// The parameters of a part of the flat index space, one tensor behind the
  /// other.
  ///
  /// - Parameter range: The part of the flat index space. `nil` stands for all
  ///   that the checkpoint has.
  /// - Returns: The parameters, as many as the range has elements.
  /// - Throws: ``CheckpointError``. Its code is `missingContent` for a
  ///   checkpoint without parameters.
  /// - Complexity: O(elements of the files that have parts of the range).
  public func parameters(
    of range: Range<Int>? = nil
  ) throws(CheckpointError) -> [Scalar] {
    if !isFolder, range == nil || range == first.shard {
      return try first.parameters()
    }
    return try files.parameters(of: range)
  }

  /// The average as it was saved. It goes on with the same bits.
  ///
  /// - Parameters:
  ///   - threads: The largest number of threads of an update. `nil` stands for
  ///     the default of a new average.
  ///   - schedules: The functions of the decay, by name, as for
  ///     ``optimizer(shard:engine:threads:schedules:)``.
  /// - Returns: The average. All its elements are verified.
  /// - Throws: ``CheckpointError``. Its code is `missingContent` for a
  ///   checkpoint without an average, and `missingFunction` for a function that
  ///   is not among `schedules`.
  /// - Complexity: O(count of the shard).
  public func average(
    threads: Int? = nil,
    schedules: [String: @Sendable (_ updateCount: Int) -> Double] = [:]
  ) throws(CheckpointError) -> ParameterAverage<Scalar> {
    if !isFolder {
      return try first.average(
        decay: nil, functions: schedules, sizes: nil, threads: threads)
    }
    return try average(of: files.whole, threads: threads, schedules: schedules)
  }

  /// The average of a part of the flat index space.
  package func average(
    of range: Range<Int>, threads: Int?,
    schedules: [String: @Sendable (_ updateCount: Int) -> Double]
  ) throws(CheckpointError) -> ParameterAverage<Scalar> {
    guard let record = try files.averageRecord(of: files.checked(range)) else {
      throw .noAverage
    }
    return try files.average(
      record.supplied(with: schedules), of: range, sizes: nil,
      threads: threads)
  }

  /// The state of a shard, in whatever files it lies.
  func part(
    of shard: Range<Int>
  ) throws(CheckpointError) -> CheckpointPart<Scalar> {
    try CheckpointPart(
      path, files.checked(shard), of: files, first.header)
  }
}
