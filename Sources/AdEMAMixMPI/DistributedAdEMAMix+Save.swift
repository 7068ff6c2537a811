//===--- DistributedAdEMAMix+Save.swift - each rank's shard, into a file --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix
internal import AdEMAMixCheckpoints

extension DistributedAdEMAMix {
  /// Saves the state and the parameters. Each rank writes a file of its shard.
  ///
  ///     try optimizer.save(in: "run", parameters: parameters)
  ///
  /// The files of a checkpoint lie in a folder of their own, such as
  /// `run/step-000001000-1f2e3d4c`. An index makes these files a checkpoint: it
  /// is written once all files are on the device, and older checkpoints are
  /// removed after that. So the last checkpoint is whole, whenever a process is
  /// killed.
  ///
  /// Each file has its shard of the average, if there is one.
  ///
  /// - Parameters:
  ///   - folder: A folder for the checkpoints of one run, which all ranks must
  ///     see. It is made if it is missing.
  ///   - parameters: A tree of all parameters, of which each rank saves those
  ///     of its shard. The files are the same for trees of all kinds.
  ///   - keptCount: The number of checkpoints to keep, at least 1, beside the
  ///     last checkpoint that is finite.
  ///   - metadata: Texts by name that the run needs to go on, the same on all
  ///     ranks.
  /// - Returns: The path of the checkpoint's own folder, for
  ///   ``/AdEMAMixCheckpoints/Checkpoint``, which needs no MPI.
  /// - Throws: ``DistributedError``, on all ranks. Then the last checkpoint is
  ///   still there.
  /// - Complexity: O(count of the shard).
  @discardableResult
  public mutating func save<Parameters: TensorTree<Scalar>>(
    in folder: String, parameters: Parameters, keepingLast keptCount: Int = 3,
    metadata: [String: String] = [:]
  ) throws(DistributedError) -> String {
    try checkIsUsable()
    return try save(
      in: folder,
      CallerTensors(reading: parameters, expected: layout.tensors),
      keepingLast: keptCount, metadata)
  }

  /// Saves the state and the parameters in their own form.
  mutating func save(
    in folder: String, _ tensors: CallerTensors<Scalar>,
    keepingLast keptCount: Int, _ metadata: [String: String]
  ) throws(DistributedError) -> String {
    let checkpoints = ShardFolder(folder)
    let made = saving { () throws(CheckpointError) in
      guard keptCount > 0 else { throw .keptCount(keptCount) }
      try tensors.check(state, isOfModel: true)
      try state.checkAverageIsSaved()
      return rank == 0 ? try checkpoints.makeFolder(step: stepCount) : ""
    }
    let own = try agree(on: made, in: .save)
    let ranks = communicator.ranks
    let name = String(
      decoding: try ranks.broadcast(Array(own.utf8), from: 0), as: UTF8.self)
    let path = "\(folder)/\(name)"

    let written = saving { () throws(CheckpointError) in
      try write(in: path, tensors, metadata)
    }
    do throws(DistributedError) {
      try agree(on: written, in: .save)
    } catch {
      // The files of some ranks would fill a disk that may be full. No rank
      // writes any more, once all ranks have agreed on the outcome. After a
      // failure of MPI others may still write.
      if rank == 0, error.code != .communication { checkpoints.remove(name) }
      throw error
    }
    let indexed = saving { () throws(CheckpointError) in
      guard rank == 0 else { return }
      try index.write(in: path)
      try checkpoints.clean(upTo: stepCount, but: keptCount, newest: name)
    }
    try agree(on: indexed, in: .save)
    return path
  }

  /// Writes this rank's file, if this rank owns a shard.
  private func write(
    in folder: String, _ tensors: CallerTensors<Scalar>,
    _ metadata: [String: String]
  ) throws(CheckpointError) {
    let count = shards.bounds.count
    guard rank < count else { return }
    let path = "\(folder)/\(ShardIndex.fileName(ofShard: rank, of: count))"
    try tensors.withShard(shard, of: layout) {
      (own) throws(CheckpointError) in
      try state.save(to: path, parameters: own, metadata: metadata)
    }
  }

  /// The index of all ranks' files.
  private var index: ShardIndex {
    let count = shards.bounds.count
    return ShardIndex(
      step: stepCount,
      files: shards.bounds.indices.map {
        ShardIndex.File(
          name: ShardIndex.fileName(ofShard: $0, of: count),
          elements: shards.bounds[$0])
      })
  }

  /// The result of a part of a save that may fail on this rank alone.
  private func saving<Success>(
    _ body: () throws(CheckpointError) -> Success
  ) -> Result<Success, DistributedError> {
    do throws(CheckpointError) {
      return .success(try body())
    } catch {
      return .failure(.checkpoint(error))
    }
  }
}

#endif
