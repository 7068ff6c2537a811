//===--- Snapshot.swift - a copy of a run, saved beside the training ------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
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
  init<Element: ParameterElement>(
    _ optimizer: borrowing AdEMAMix<Scalar>, _ parameters: [Element],
    _ average: StoredAverage<Scalar>?, _ metadata: [String: String]
  ) throws(CheckpointError) where Element.Scalar == Scalar {
    let layout = optimizer.layout, shard = optimizer.shard
    try Element.check(parameters, layout, shard)
    try unsafe average?.check(count: shard.count)
    self.optimizer = try CheckpointError.wrapping {
      () throws(AdEMAMixError) in try optimizer.clone()
    }
    self.average = try unsafe average?.clone()
    self.parameters = Element.tensors(parameters, layout, shard)
    self.metadata = metadata
  }

  /// Saves the copy.
  ///
  /// - Returns: Whether all numbers that the next step reads are finite.
  func write(_ path: String) throws(CheckpointError) -> Bool {
    switch average {
    case .some(let average):
      try unsafe optimizer.write(
        path, parameters, average: StoredAverage(average), metadata)
    case nil:
      try unsafe optimizer.write(path, parameters, average: nil, metadata)
    }
  }
}

extension ParameterElement {
  /// Copies of the elements of each tensor in a shard.
  fileprivate static func tensors(
    _ parameters: [Self], _ layout: ParameterLayout, _ shard: Range<Int>
  ) -> [[Scalar]] {
    var tensors = [[Scalar]](repeating: [], count: layout.tensors.count)
    for piece in layout.fileSlices(of: shard, .parameter, Scalar.scalarType) {
      unsafe _read(parameters, tensor: piece.tensor, range: piece.range) {
        tensors[piece.tensor] = unsafe Array($0)
      }
    }
    return tensors
  }
}

extension StoredAverage {
  /// A copy of the average.
  fileprivate func clone() throws(CheckpointError) -> ParameterAverage<Scalar> {
    let count = unsafe elements.count
    let clone = try CheckpointError.wrapping {
      () throws(ParameterAverageError) -> ParameterAverage<Scalar> in
      try unsafe .restored(record, count: count, threads: 1)
    }
    unsafe _ = clone.storedElements.update(fromContentsOf: elements)
    return clone
  }
}
