//===--- Snapshot.swift - a copy of a run, saved beside the training ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
internal import SafeTensors

/// A copy of the content of a checkpoint, for another thread to save.
final class Snapshot<Scalar: OptimizerScalar>: Sendable {
  private let optimizer: AdEMAMix<Scalar>
  private let parameters: [[Scalar]]
  /// The upper parts of weights, if they are split. Then there are no
  /// parameters.
  private let weights: [[BFloat16]]?
  /// The copy of an average that the program keeps. That of the optimizer is
  /// copied with the optimizer.
  private let average: ParameterAverage<Scalar>?
  private let metadata: [String: String]

  /// Copies a run.
  ///
  /// - Throws: ``CheckpointError`` for a run that cannot be saved, or for too
  ///   little memory.
  init(
    _ optimizer: borrowing AdEMAMix<Scalar>,
    _ parameters: CallerTensors<Scalar>,
    _ average: StoredAverage<Scalar>?, _ metadata: [String: String]
  ) throws(CheckpointError) {
    let layout = optimizer.layout, shard = optimizer.shard
    try parameters.check(optimizer)
    let saved = unsafe average ?? optimizer.ownAverage
    try unsafe saved?.check(count: shard.count)
    try optimizer.record.checkFunctionNames()
    try unsafe saved?.record.checkFunctionNames()
    self.optimizer = try CheckpointError.wrapping {
      () throws(AdEMAMixError) in try optimizer.copy()
    }
    self.average = try unsafe average?.copy()
    let isSplit = parameters.hasSplitWeights
    self.parameters = isSplit ? [] : parameters.tensors(layout, shard)
    weights = isSplit ? parameters.weights(layout, shard) : nil
    self.metadata = metadata
  }

  /// Saves the copy.
  ///
  /// - Returns: Whether all numbers that the next step reads are finite.
  func write(_ path: String) throws(CheckpointError) -> Bool {
    let tensors = CallerTensors<Scalar>()
    if let weights {
      tensors.read(weights: weights, expected: optimizer.layout.tensors)
    } else {
      tensors.read(parameters)
    }
    return switch average {
    case .some(let average):
      try unsafe optimizer.write(
        path, tensors, average: StoredAverage(average), metadata)
    case nil:
      try unsafe optimizer.write(path, tensors, average: nil, metadata)
    }
  }
}

extension CallerTensors {
  /// Copies of the elements of each tensor in a shard.
  fileprivate func tensors(
    _ layout: ParameterLayout, _ shard: Range<Int>
  ) -> [[Scalar]] {
    var tensors = [[Scalar]](repeating: [], count: layout.tensors.count)
    for slice in layout.fileSlices(of: shard, .parameter, Scalar.scalarType) {
      unsafe read(tensor: slice.tensor, range: slice.range) {
        tensors[slice.tensor] = unsafe Array($0)
      }
    }
    return tensors
  }
}

extension CallerTensors {
  /// Copies of the upper parts of the weights of each tensor in a shard.
  fileprivate func weights(
    _ layout: ParameterLayout, _ shard: Range<Int>
  ) -> [[BFloat16]] {
    var tensors = [[BFloat16]](repeating: [], count: layout.tensors.count)
    for slice in layout.fileSlices(of: shard, .parameter, .bfloat16) {
      unsafe read(weightsOfTensor: slice.tensor, range: slice.range) {
        tensors[slice.tensor] = unsafe Array($0)
      }
    }
    return tensors
  }
}

extension StoredAverage {
  /// A copy of the average.
  fileprivate func copy() throws(CheckpointError) -> ParameterAverage<Scalar> {
    let count = unsafe elements.count
    let copy = try CheckpointError.wrappingAverage {
      () throws(AdEMAMixError) -> ParameterAverage<Scalar> in
      try unsafe .restored(record, count: count, threads: 1)
    }
    unsafe _ = copy.storedElements.update(fromContentsOf: elements)
    return copy
  }
}
