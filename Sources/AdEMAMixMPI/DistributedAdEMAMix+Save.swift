//===--- DistributedAdEMAMix+Save.swift - each rank's shard, into a file --===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMix
internal import AdEMAMixCheckpoints

extension DistributedAdEMAMix {
  /// Saves the state and the parameters, each rank those of its shard.
  ///
  ///     try optimizer.save(in: "run", parameters: parameters)
  ///
  /// The files lie in a folder of their own, `run/step-000001000-1f2e3d4c`. The
  /// index that makes them a checkpoint is written once all are on the device, and
  /// older ones go after that: whenever a process is killed, the last checkpoint
  /// is whole.
  ///
  /// - Parameters:
  ///   - folder: A folder that all ranks see, made where it is missing. It is for
  ///     one run.
  ///   - parameters: All parameters, of which each rank saves those of its shard.
  ///   - keptCount: The checkpoints to keep, at least 1, beside the last that is
  ///     finite.
  ///   - metadata: What else the run needs to go on, alike on all ranks.
  /// - Returns: The checkpoint's own folder: see ``Checkpoint``, which
  ///   needs no MPI.
  /// - Throws: ``DistributedError``, on all ranks. Then the last checkpoint is
  ///   still there.
  /// - Complexity: O(count of the shard).
  @discardableResult
  public mutating func save(
    in folder: String, parameters: [Scalar], keepingLast keptCount: Int = 3,
    metadata: [String: String] = [:]
  ) throws(DistributedError) -> String {
    try checkIsUsable()
    let checkpoints = ShardFolder(folder)
    let made = saving { () throws(CheckpointError) in
      guard keptCount > 0 else { throw .keptCount(keptCount) }
      guard parameters.count == layout.count else {
        throw .parameterCount(parameters.count, expected: layout.count)
      }
      return rank == 0 ? try checkpoints.makeFolder(step: stepCount) : ""
    }
    let own = try agree(on: made, in: .save)
    let ranks = communicator.ranks
    let name = String(
      decoding: try DistributedError.wrapping { () throws(MPIError) in
        try ranks.broadcast(Array(own.utf8), from: 0)
      }, as: UTF8.self)
    let path = "\(folder)/\(name)"

    let written = saving { () throws(CheckpointError) in
      try write(in: path, parameters, metadata)
    }
    do throws(DistributedError) {
      try agree(on: written, in: .save)
    } catch {
      // What some have written would fill a disk that may be full. Once all have
      // said what came of it, none writes any more.
      if rank == 0, !error.isOfMPI { checkpoints.remove(name) }
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

  /// Writes this rank's file, if it has one.
  private func write(
    in folder: String, _ parameters: [Scalar], _ metadata: [String: String]
  ) throws(CheckpointError) {
    let count = shards.bounds.count
    guard rank < count else { return }
    let path = "\(folder)/\(ShardIndex.fileName(ofShard: rank, of: count))"
    try unsafe parameters.withUnsafeBufferPointer {
      parameters throws(CheckpointError) in
      // What each tensor has in the shard. Nothing is written to it.
      let tensors = unsafe layout.tensors.map { tensor in
        let owned = tensor.range.clamped(to: shard)
        return unsafe TensorBuffers(
          parameters: UnsafeMutableBufferPointer(
            mutating: UnsafeBufferPointer(rebasing: parameters[owned])),
          gradients: UnsafeBufferPointer(start: nil, count: 0))
      }
      try unsafe optimizer.save(
        to: path, parameters: tensors, metadata: metadata)
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

  /// Takes what may fail on this rank alone.
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
