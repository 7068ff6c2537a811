//===--- DistributedAdEMAMix+Average.swift - an average of the parameters -===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix

extension DistributedAdEMAMix {
  /// Begins an average of the parameters that the steps keep up to date, as
  /// `AdEMAMix.average` is. Each rank keeps the average of its shard.
  ///
  ///     try optimizer.startAverage(of: parameters, decay: 0.999)
  ///     …                                             // train
  ///     try optimizer.swapAverage(with: &parameters)  // evaluate, and again
  ///
  /// It replaces an earlier average. Checkpoints have it, and a load takes it
  /// over.
  ///
  /// - Parameters:
  ///   - parameters: The first averages: a tree of all parameters, in the
  ///     scalar type also where weights are split.
  ///   - decay: The weight of the average so far, in `0 ..< 1`, as a function
  ///     of the number of completed updates: the same on all ranks.
  /// - Throws: ``DistributedError``, on all ranks, for what a
  ///   `ParameterAverage` refuses, and while an earlier average is in the
  ///   model. Then nothing has changed.
  /// - Complexity: O(count of the shard + number of tensors).
  public mutating func startAverage<Parameters: TensorTree<Scalar>>(
    of parameters: Parameters, decay: HyperparameterSchedule
  ) throws(DistributedError) {
    try checkIsUsable()
    let tensors = CallerTensors<Scalar>(
      reading: parameters, expected: layout.tensors)
    var made: ParameterAverage<Scalar>?
    let result = prepared { optimizer throws(AdEMAMixError) in
      try optimizer.checkAverageIsOut()
      try optimizer.checkWhole(tensors, isInOwnForm: false)
      let threads = optimizer.threadCount
      made = try tensors.withShard(optimizer.shard, of: optimizer.layout) {
        (own) throws(AdEMAMixError) in
        try ParameterAverage(own, decay, threads)
      }
    }
    try agree(
      on: result,
      in: .startAverage(
        decay: decay, openBLAS: Self.arithmeticOfBLAS(placement)))
    state.average = made.take()
    digest = nil
  }

  /// Ends the average: steps go on without it.
  ///
  /// - Throws: ``DistributedError``, on all ranks, while the average is in the
  ///   model. Then nothing has changed.
  public mutating func removeAverage() throws(DistributedError) {
    try checkIsUsable()
    let result = prepared { optimizer throws(AdEMAMixError) in
      try optimizer.checkAverageIsOut()
    }
    try agree(on: result, in: .removeAverage)
    state.average = nil
    digest = nil
  }

  /// Exchanges the average with the parameters, on all ranks: puts the averages
  /// into the model and keeps the weights, or, the second time, puts the same
  /// weights back.
  ///
  /// Each rank exchanges its shard, and gives it to the others. In between,
  /// steps and saves are refused.
  ///
  /// - Parameter parameters: A tree of all parameters, the same on all ranks.
  /// - Throws: ``DistributedError``, on all ranks, without an average, and for
  ///   parameters that a step would not take. Then nothing has changed, unless
  ///   the code is ``DistributedError/Code/communication``.
  /// - Complexity: O(count of the layout) to communicate.
  public mutating func swapAverage<Parameters: TensorTree<Scalar>>(
    with parameters: inout Parameters
  ) throws(DistributedError) {
    try checkIsUsable()
    let tensors = state.trees(leaving: [])
    tensors.parameters.take(from: &parameters, expected: layout.tensors)
    defer { tensors.putBack(into: &parameters) }
    try swapAverage(tensors)
  }

  /// Exchanges the average with parameters in either form.
  mutating func swapAverage(
    _ tensors: CallerTensors<Scalar>
  ) throws(DistributedError) {
    let result = prepared { optimizer throws(AdEMAMixError) in
      try optimizer.checkAverage(isOfModel: true)
      try optimizer.checkWhole(tensors)
    }
    try agree(on: result, in: .swapAverage)
    state.swapAverage(tensors, isOfModel: true)
    try gatherShards(tensors, isSplit: tensors.hasSplitWeights)
  }
}

extension AdEMAMix {
  /// Throws while the average is in the model: the weights would be lost.
  fileprivate mutating func checkAverageIsOut() throws(AdEMAMixError) {
    if average?.isSwappedIn == true { throw .isSwappedIn }
  }
}

#endif
