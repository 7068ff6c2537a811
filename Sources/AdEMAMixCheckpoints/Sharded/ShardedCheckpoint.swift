//===--- ShardedCheckpoint.swift - the files of many, as one --------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import AdEMAMix
internal import SafeTensors

/// A checkpoint whose shards were saved in files of their own, by
/// `DistributedAdEMAMix`: for one process, or as many as there are now.
///
///     let checkpoint = try ShardedCheckpoint<Float>("run/step-000001000-1f2e3d4c")
///     var optimizer = try checkpoint.optimizer()
///     var parameters = try checkpoint.parameters()
///
/// A run that is loaded goes on with the same bits. A folder without an index is
/// no checkpoint: its save has not come to an end.
public struct ShardedCheckpoint<Scalar: OptimizerScalar>: Sendable {
  /// The folder.
  public let path: String

  /// The groups, and the tensors in the order of the flat index space.
  public let layout: ParameterLayout

  /// The parts of the flat index space that the files have.
  public let shards: [Range<Int>]

  /// The texts that the caller added when the checkpoint was saved.
  public let metadata: [String: String]

  /// The number of steps completed.
  public let stepCount: Int

  /// How the steps were computed, or `nil` where the first file, of an earlier
  /// version, does not say.
  public let engine: Engine?

  private let index: ShardIndex

  /// Opens the checkpoint in a folder that was saved with this scalar type.
  ///
  /// The files are verified when they are read.
  ///
  /// - Throws: ``CheckpointError``.
  /// - Complexity: O(number of tensors + number of files).
  public init(_ folder: String) throws(CheckpointError) {
    let index = try ShardIndex(in: folder)
    let first = try CheckpointError.naming(
      "\(folder)/\(index.files[0].name)"
    ) { path throws(CheckpointError) in try Checkpoint<Scalar>(path) }
    shards = index.files.compactMap(\.range)
    guard shards.last?.upperBound == first.layout.count,
      index.step == first.stepCount
    else {
      throw .malformedIndex(
        "the files are of step \(index.step), and have elements up to "
          + "\(shards.last?.upperBound ?? 0): the first is of step "
          + "\(first.stepCount), and of a layout of \(first.layout.count)",
        folder: folder)
    }
    path = folder
    layout = first.layout
    metadata = first.metadata
    stepCount = first.stepCount
    engine = first.engine
    self.index = index
  }

  /// The sharded checkpoint in a folder to go on from: the newest that does not say
  /// that it has numbers that are not finite, or the newest where all say so.
  ///
  /// - Returns: Its path, or `nil` where there are none.
  /// - Throws: ``CheckpointError`` where the folder is missing or cannot be read.
  /// - Complexity: O(number of files + number of tensors in them) of those that are
  ///   looked at.
  public static func newestPath(
    in folder: String
  ) throws(CheckpointError) -> String? {
    try ShardFolder(folder).newest().map { "\(folder)/\($0)" }
  }

  /// The sharded checkpoints in a folder, the newest first.
  ///
  /// - Throws: ``CheckpointError`` where it is missing or cannot be read.
  public static func paths(
    in folder: String
  ) throws(CheckpointError) -> [String] {
    try ShardFolder(folder).complete().map { "\(folder)/\($0)" }
  }

  /// An optimizer of a part of the flat index space, which goes on with the bits
  /// of those that were saved.
  ///
  /// - Parameters:
  ///   - shard: One that ``ParameterLayout/shards(_:of:)`` gives for any number;
  ///     `nil` is the whole.
  ///   - engine: How a step is computed. `nil` is ``engine``; where there is none,
  ///     `blas`, or `fused` where a group stores its moments in fewer bits.
  ///   - threads: As for an optimizer made anew.
  /// - Returns: The optimizer, all that was read being verified.
  /// - Throws: ``CheckpointError``.
  /// - Complexity: O(count of the shards that have parts of it).
  public func optimizer(
    shard: Range<Int>? = nil, engine: Engine? = nil, threads: Int? = nil
  ) throws(CheckpointError) -> AdEMAMix<Scalar> {
    let shard = try checked(shard)
    var record = try record(of: shard)
    record.shard = shard
    let optimizer: AdEMAMix<Scalar> = try record.optimizer(
      engine: engine, savedWith: self.engine, threads: threads)
    let pieces = optimizer.stateBufferViews
    for file in files(of: shard) {
      let checkpoint = try open(file)
      try CheckpointError.naming(checkpoint.path) { _ throws(CheckpointError) in
        for piece in pieces { try checkpoint.read(piece, of: shard) }
      }
    }
    return optimizer
  }

  /// The parameters of a part of the flat index space, one tensor behind the
  /// other.
  ///
  /// - Parameter range: A range within the layout; `nil` is the whole.
  /// - Returns: As many as the range has elements.
  /// - Throws: ``CheckpointError``: ``CheckpointError/noParameters`` where there
  ///   are none, ``CheckpointError/rangeOutOfLayout(_:count:)``.
  /// - Complexity: O(count of the shards that have parts of it).
  public func parameters(
    of range: Range<Int>? = nil
  ) throws(CheckpointError) -> [Scalar] {
    let range = try checked(range)
    let needed = files(of: range)
    // An index may claim any number of elements: the files must have them before
    // memory is taken. They are opened again to be read, as a process has fewer
    // files open at a time than there may be shards.
    for file in needed {
      let checkpoint = try open(file)
      guard checkpoint.hasParameters else {
        throw .inFile(.noParameters, path: checkpoint.path)
      }
    }
    var parameters = [Scalar](repeating: 0, count: range.count)
    let pieces = layout.fileSlices(of: range, .parameter, Scalar.scalarType)
    for file in needed {
      let checkpoint = try open(file)
      try unsafe parameters.withUnsafeMutableBufferPointer {
        parameters throws(CheckpointError) in
        for piece in pieces {
          let part = try checkpoint.part(
            ofTensor: piece.tensor, in: range, unit: 1,
            stride: MemoryLayout<Scalar>.stride)
          guard let part else { continue }
          try unsafe checkpoint.read(
            piece.description.name, part,
            into: UnsafeMutableRawBufferPointer(
              UnsafeMutableBufferPointer(rebasing: parameters[piece.range])))
        }
      }
    }
    return parameters
  }

  /// A range that lies in the layout; `nil` is the whole.
  private func checked(
    _ range: Range<Int>?
  ) throws(CheckpointError) -> Range<Int> {
    guard let range else { return 0..<layout.count }
    guard range.lowerBound >= 0, range.upperBound <= layout.count else {
      throw .rangeOutOfLayout(range, count: layout.count)
    }
    return range
  }

  /// The files that have parts of a range.
  private func files(of range: Range<Int>) -> [Int] {
    shards.indices.filter { !shards[$0].clamped(to: range).isEmpty }
  }

  private func open(
    _ file: Int
  ) throws(CheckpointError) -> Checkpoint<Scalar> {
    try CheckpointError.naming("\(path)/\(index.files[file].name)") {
      path throws(CheckpointError) in
      let checkpoint = try Checkpoint<Scalar>(path)
      try checkpoint.check(
        layout, shard: shards[file], convertingStorage: false)
      return checkpoint
    }
  }

  /// The state of a shard, but for its buffers' elements: from the files that
  /// have parts of it, which must agree.
  private func record(
    of shard: Range<Int>
  ) throws(CheckpointError) -> OptimizerRecord {
    let needed = files(of: shard)
    let first = needed.first ?? 0
    var record = try open(first).header.record
    var owners = layout.groups.map { _ in first }
    for index in layout.groups.indices { record.groups[index].buffers = [] }
    for file in needed {
      let other = try open(file).header.record
      guard other.layout == record.layout, other.clock == record.clock,
        other.options == record.options, other.counts == record.counts
      else {
        throw .shardsDiffer(index.files[first].name, index.files[file].name)
      }
      for group in owned(shards[file].clamped(to: shard)) {
        if record.groups[group].buffers.isEmpty {
          owners[group] = file
          record.groups[group] = other.groups[group]
        }
        guard record.groups[group] == other.groups[group] else {
          throw .shardsDiffer(
            index.files[owners[group]].name, index.files[file].name)
        }
      }
    }
    return record
  }

  /// The groups that have elements in a range.
  private func owned(_ range: Range<Int>) -> Set<Int> {
    Set(
      layout.tensors.filter { !$0.range.clamped(to: range).isEmpty }
        .map(\.group))
  }
}
