//===--- DistributedAdEMAMix+Load.swift - a checkpoint, on as many ranks --===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix
internal import AdEMAMixCheckpoints

extension DistributedAdEMAMix {
  /// An optimizer as a checkpoint has it, on as many ranks as there are now: it
  /// goes on with the same bits.
  ///
  ///     var parameters: [Float] = []
  ///     var optimizer = try DistributedAdEMAMix<Float>(
  ///       checkpoint: path, parameters: &parameters, on: world)
  ///
  /// Each rank reads its shard from the files that have parts of it, and the
  /// parameters go from rank to rank.
  ///
  /// - Parameters:
  ///   - path: What ``save(in:parameters:keepingLast:metadata:)`` returned, or one
  ///     that ``ShardedCheckpoints/newestPath(in:)`` gives.
  ///   - parameters: Where all parameters go.
  ///   - communicator: The processes.
  ///   - placement: Where the moments are, whatever it was.
  ///   - engine: How a step is computed. `nil` is the engine that the checkpoint was
  ///     saved with; see ``Checkpoint/optimizer(shard:engine:threads:)``.
  ///   - threads: The largest number of threads of this rank's steps.
  ///   - pieceCount: As for an optimizer made anew.
  /// - Throws: ``DistributedError``, on all ranks. Then the parameters are as they
  ///   were, unless it is ``DistributedError/communication(_:)``.
  /// - Complexity: O(count of the layout) to communicate.
  public init(
    checkpoint path: String, parameters: inout [Scalar],
    on communicator: borrowing Communicator, placement: Placement = .sharded,
    engine: Engine? = nil, threads: Int? = nil, pieceCount: Int? = nil
  ) throws(DistributedError) {
    self = try Self.loaded(
      path, &parameters, on: communicator, placement, engine,
      threads: threads, pieceCount: pieceCount)
  }

  private static func loaded(
    _ path: String, _ parameters: inout [Scalar],
    on communicator: borrowing Communicator, _ placement: Placement,
    _ engine: Engine?, threads: Int?, pieceCount: Int?
  ) throws(DistributedError) -> DistributedAdEMAMix {
    var own: [Scalar] = []
    let loaded = try DistributedAdEMAMix(
      on: communicator, placement: placement, pieceCount: pieceCount,
      displacementLimit: Int(CInt.max)
    ) { shard throws(DistributedError) in
      do throws(CheckpointError) {
        let checkpoint = try Checkpoint<Scalar>(path)
        let range = shard(checkpoint.layout)
        own = try checkpoint.parameters(of: range)
        return try checkpoint.optimizer(
          shard: range, engine: engine, threads: threads)
      } catch {
        throw .checkpoint(error)
      }
    }
    var all = [Scalar](repeating: 0, count: loaded.layout.count)
    all.replaceSubrange(loaded.shard, with: own)
    let (ranks, bounds) = (loaded.communicator.ranks, loaded.shards.bounds)
    // Where there is one owner, each rank has read all.
    if bounds.count > 1 {
      try DistributedError.wrapping { () throws(MPIError) in
        try unsafe all.withUnsafeMutableBufferPointer {
          (all) throws(MPIError) in
          for (owner, shard) in bounds.enumerated() {
            try unsafe ranks.broadcast(
              UnsafeMutableRawBufferPointer(
                UnsafeMutableBufferPointer(rebasing: all[shard])),
              from: owner)
          }
        }
      }
    }
    parameters = all
    return loaded
  }
}

#endif
