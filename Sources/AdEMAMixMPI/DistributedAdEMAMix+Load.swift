//===--- DistributedAdEMAMix+Load.swift - a checkpoint, on as many ranks --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix
internal import AdEMAMixCheckpoints

extension DistributedAdEMAMix {
  /// Makes an optimizer from a checkpoint, on any number of ranks: its steps
  /// have the bits that the saved optimizer's next steps would have had.
  ///
  ///     var parameters: [Float] = []
  ///     var optimizer = try DistributedAdEMAMix<Float>(
  ///       checkpoint: path, parameters: &parameters, on: world)
  ///
  /// Each rank reads its shard from the files that have parts of it, and the
  /// parameters go from rank to rank. If the checkpoint has an average, the
  /// optimizer keeps it up to date. Weights that are split come as `Float`
  /// parameters, for ``split(_:into:)``.
  ///
  /// - Parameters:
  ///   - path: The path that
  ///     ``save(in:parameters:keepingLast:metadata:)-(_,Parameters,_,_)``
  ///     returned, or that
  ///     ``/AdEMAMixCheckpoints/ShardedCheckpoints/newestPath(in:)`` gives.
  ///   - parameters: An array that all saved parameters replace.
  ///   - communicator: The processes.
  ///   - placement: The ranks on which moments are kept. It may be another one
  ///     than the saved optimizer had.
  ///   - engine: The way in which steps are computed. `nil` is the engine of
  ///     the saved optimizer, as for a checkpoint of one process.
  ///   - threads: The largest number of threads that this rank's steps run on.
  ///     `nil` is the number of processors available to this rank.
  ///   - pieceCount: The most elements of an owner's piece in a chunk of a
  ///     step, as for a new optimizer.
  ///   - schedules: The functions of schedules, by name: the same on all ranks.
  /// - Throws: ``DistributedError``, on all ranks. Then the parameters have not
  ///   changed.
  /// - Complexity: O(count of the layout) to communicate.
  public init(
    checkpoint path: String, parameters: inout [Scalar],
    on communicator: borrowing MPICommunicator,
    placement: StatePlacement = .sharded,
    engine: StepEngine? = nil, threads: Int? = nil, pieceCount: Int? = nil,
    schedules: [String: @Sendable (_ count: Int) -> Double] = [:]
  ) throws(DistributedError) {
    self = try Self.loaded(
      path, &parameters, on: communicator, placement, engine,
      threads: threads, pieceCount: pieceCount, schedules)
  }

  /// Makes an optimizer from a checkpoint, whose parameters go into a tree of
  /// any kind.
  ///
  /// The arguments are those of the call on an array. Each rank has a copy of
  /// all parameters meanwhile.
  ///
  /// - Throws: ``DistributedError``, on all ranks, and for a tree that is not
  ///   that of the checkpoint. Then the parameters have not changed.
  /// - Complexity: O(count of the layout) to communicate.
  public init<Parameters: TensorTree<Scalar>>(
    checkpoint path: String, parameters: inout Parameters,
    on communicator: borrowing MPICommunicator,
    placement: StatePlacement = .sharded,
    engine: StepEngine? = nil, threads: Int? = nil, pieceCount: Int? = nil,
    schedules: [String: @Sendable (_ count: Int) -> Double] = [:]
  ) throws(DistributedError) {
    var all: [Scalar] = []
    var loaded = try Self.loaded(
      path, &all, on: communicator, placement, engine, threads: threads,
      pieceCount: pieceCount, schedules)
    try loaded.store(all, in: &parameters)
    self = loaded
  }

  /// Replaces the parameters of a tree, on all ranks or on none.
  private mutating func store<Parameters: TensorTree<Scalar>>(
    _ all: [Scalar], in parameters: inout Parameters
  ) throws(DistributedError) {
    let tensors = state.trees(leaving: [])
    tensors.parameters.take(from: &parameters, expected: layout.tensors)
    defer { tensors.putBack(into: &parameters) }
    let checked = prepared { optimizer throws(AdEMAMixError) in
      try optimizer.checkWhole(tensors, isInOwnForm: false)
    }
    try agree(on: checked, in: .load(kept: 0))
    unsafe all.withUnsafeBufferPointer { all in
      for (index, tensor) in layout.tensors.enumerated() {
        unsafe tensors.replace(
          tensor: index, range: tensor.range,
          with: UnsafeBufferPointer(rebasing: all[tensor.range]))
      }
    }
  }

  private static func loaded(
    _ path: String, _ parameters: inout [Scalar],
    on communicator: borrowing MPICommunicator, _ placement: StatePlacement,
    _ engine: StepEngine?, threads: Int?, pieceCount: Int?,
    _ schedules: [String: @Sendable (Int) -> Double]
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
        var optimizer = try checkpoint.optimizer(
          shard: range, engine: engine, threads: threads, schedules: schedules)
        if checkpoint.hasAverage {
          optimizer.average = try checkpoint.average(
            of: range, threads: threads, schedules: schedules)
        }
        return optimizer
      } catch {
        throw .checkpoint(error)
      }
    }
    var all = [Scalar](repeating: 0, count: loaded.layout.count)
    all.replaceSubrange(loaded.shard, with: own)
    let (ranks, bounds) = (loaded.communicator.ranks, loaded.shards.bounds)
    // Each rank has read all parameters if there is one owner.
    if bounds.count > 1 {
      do throws(DistributedError) {
        try unsafe all.withUnsafeMutableBufferPointer {
          (all) throws(DistributedError) in
          for (owner, shard) in bounds.enumerated() {
            try unsafe ranks.broadcast(
              UnsafeMutableRawBufferPointer(
                UnsafeMutableBufferPointer(rebasing: all[shard])),
              from: owner)
          }
        }
      } catch {
        // MPI may still write to the elements.
        KeptForGood(all).keep()
        throw error
      }
    }
    parameters = all
    return loaded
  }
}

/// Elements that are never freed.
private final class KeptForGood<Elements> {
  private let elements: Elements
  private var own: KeptForGood?

  init(_ elements: Elements) { self.elements = elements }

  /// Lets the object own itself, so that nothing ever frees it.
  func keep() { own = self }
}

#endif
