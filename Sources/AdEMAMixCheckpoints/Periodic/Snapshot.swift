//===--- Snapshot.swift - a copy of a run, saved beside the training ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix

/// A copy of the content of a checkpoint, for another thread to save.
final class Snapshot<Scalar: OptimizerScalar>: Sendable {
  private let optimizer: AdEMAMix<Scalar>
  private let parameters: [[Scalar]]
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
    try parameters.check(layout, shard)
    try unsafe average?.check(count: shard.count)
    try optimizer.record.checkFunctionNames()
    try unsafe average?.record.checkFunctionNames()
    self.optimizer = try CheckpointError.wrapping {
      () throws(AdEMAMixError) in try optimizer.copy()
    }
    self.average = try unsafe average?.copy()
    self.parameters = parameters.tensors(layout, shard)
    self.metadata = metadata
  }

  /// Saves the copy.
  ///
  /// - Returns: Whether all numbers that the next step reads are finite.
  func write(_ path: String) throws(CheckpointError) -> Bool {
    switch average {
    case .some(let average):
      try unsafe optimizer.write(
        path, CallerTensors(reading: parameters),
        average: StoredAverage(average), metadata)
    case nil:
      try unsafe optimizer.write(
        path, CallerTensors(reading: parameters), average: nil,
        metadata)
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
