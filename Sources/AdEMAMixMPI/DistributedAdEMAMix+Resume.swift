//===--- DistributedAdEMAMix+Resume.swift - load into a running job -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix
public import AdEMAMixCheckpoints

extension DistributedAdEMAMix {
  /// Loads a checkpoint of one process or of any number of ranks into this
  /// optimizer, as `AdEMAMix.load(from:parameters:keeping:)` does.
  ///
  ///     let loaded = try optimizer.load(from: path, parameters: &parameters)
  ///
  /// Each rank reads its shard from the files that have parts of it. The
  /// placement, the engine and the threads stay. A function that the checkpoint
  /// names is the function of this optimizer that has the name. An average of
  /// this optimizer becomes that of the checkpoint, which must have one;
  /// without an average, that of the checkpoint is not read.
  ///
  /// - Parameters:
  ///   - path: The path of a file or of the folder of a sharded checkpoint, the
  ///     same on all ranks.
  ///   - parameters: A tree that receives all parameters of the checkpoint.
  ///   - kept: The settings of this optimizer that stay as they are, the same
  ///     on all ranks.
  /// - Returns: The content of the checkpoint beside the state, and the
  ///   differences.
  /// - Throws: ``DistributedError``, on all ranks. Then nothing has changed,
  ///   unless the code is ``DistributedError/Code/communication``.
  /// - Complexity: O(count of the layout) to communicate.
  @discardableResult
  public mutating func load<Parameters: TensorTree<Scalar>>(
    from path: String, parameters: inout Parameters,
    keeping kept: KeptSettings = []
  ) throws(DistributedError) -> LoadedCheckpoint {
    try checkIsUsable()
    let tensors = state.trees(leaving: [])
    tensors.parameters.take(from: &parameters, expected: layout.tensors)
    defer { tensors.putBack(into: &parameters) }
    return try load(path, tensors, kept)
  }

  /// Loads a checkpoint into trees of all parameters, in their own form.
  private mutating func load(
    _ path: String, _ tensors: CallerTensors<Scalar>, _ kept: KeptSettings
  ) throws(DistributedError) -> LoadedCheckpoint {
    var load: PreparedLoad<Scalar>?
    var result: Result<Void, DistributedError> = .success(())
    do throws(CheckpointError) {
      try tensors.check(state, isOfModel: true)
      load = try state.prepareLoad(from: path, keeping: kept)
    } catch {
      result = .failure(.checkpoint(error))
    }
    try agree(on: result, in: .load(kept: kept.rawValue))
    guard let load = load.take() else {
      preconditionFailure("there is a state or a failure")
    }
    // Ranks may have read different checkpoints.
    try communicator.ranks.compare(
      Self.fields(
        of: load.optimizer, placement,
        average: load.averageRecord.map {
          AverageFields($0, isSwappedIn: false)
        },
        pieceCount: pieceCount,
        displacementLimit: displacementLimit,
        parameterCheckInterval: checkInterval,
        sendsBFloat16Gradients: roundsGradients))
    let loaded = state.complete(load, in: tensors, isOfModel: true)
    digest = nil
    // Other groups may be frozen: neither exchange has buckets or chunks of
    // these.
    bucketExchange = nil
    (shards, exchange) = Self.exchange(
      state.layout, placement, between: communicator.ranks,
      pieceCount: pieceCount, displacementLimit: displacementLimit,
      state.threadSplit)
    try gatherShards(tensors, isSplit: tensors.hasSplitWeights)
    return loaded
  }
}

extension DistributedAdEMAMix where Scalar == Float {
  /// Loads a checkpoint into weights that are split.
  ///
  /// With `keeping: .storage`, `Float` weights of a checkpoint are split, and
  /// weights that are split in another form are split anew.
  ///
  /// - Throws: ``DistributedError`` as with other parameters, on all ranks.
  /// - Complexity: O(count of the layout) to communicate.
  @discardableResult
  public mutating func load<Weights: TensorTree<BFloat16>>(
    from path: String, parameters weights: inout Weights,
    keeping kept: KeptSettings = []
  ) throws(DistributedError) -> LoadedCheckpoint {
    try checkIsUsable()
    let tensors = state.trees(leaving: [])
    tensors.weights.take(from: &weights, expected: layout.tensors)
    defer { tensors.putBack(weights: &weights) }
    return try load(path, tensors, kept)
  }
}

#endif
