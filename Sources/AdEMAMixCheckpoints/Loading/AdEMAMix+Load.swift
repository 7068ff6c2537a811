//===--- AdEMAMix+Load.swift - the state, out of a file -------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import AdEMAMix

extension AdEMAMix {
  /// An optimizer as a file has it: layout, hyperparameters, schedules, options,
  /// counts and moments. It goes on with the same bits.
  ///
  ///     var optimizer = try AdEMAMix<Float>(checkpoint: path)
  ///
  /// - Parameters:
  ///   - path: A file that was saved with this scalar type.
  ///   - engine: How a step is computed.
  ///   - threads: As for an optimizer made anew. The file is read on all
  ///     processors.
  /// - Throws: ``CheckpointError``.
  /// - Complexity: O(count of the shard).
  public init(
    checkpoint path: String, engine: Engine = .blas, threads: Int? = nil
  ) throws(CheckpointError) {
    self = try Checkpoint(path).optimizer(engine: engine, threads: threads)
  }

  /// Takes over the state of a file, hyperparameters, schedules, options, counts
  /// and moments, and the parameters. The layout must be the same, but for
  /// hyperparameters and freezing.
  ///
  /// - Parameters:
  ///   - path: A file that was saved with this scalar type.
  ///   - parameters: Where the parameters of the file go: as when they were
  ///     saved, or in another of those shapes.
  /// - Returns: The metadata that was saved.
  /// - Throws: ``CheckpointError``. Then nothing has changed.
  /// - Complexity: O(count of the shard), in memory too while loading.
  @discardableResult
  public mutating func load<Element: ParameterElement>(
    from path: String, parameters: inout [Element]
  ) throws(CheckpointError) -> [String: String]
  where Element.Scalar == Scalar {
    try Element.check(parameters, layout, shard)
    let file = try Checkpoint<Scalar>(path)
    let loaded = try loaded(file)
    let values = try file.parameters()
    // Nothing is left that could be refused.
    store(values, in: &parameters)
    adopt(loaded)
    return file.metadata
  }

  /// Takes over the state of a file, the parameters and their average.
  ///
  /// Like the one with parameters otherwise. The average's decay becomes that of
  /// the file; its parameters come in one buffer or by tensor as before.
  @discardableResult
  public mutating func load<Element: ParameterElement>(
    from path: String, parameters: inout [Element],
    average: inout ParameterAverage<Scalar>
  ) throws(CheckpointError) -> [String: String]
  where Element.Scalar == Scalar {
    try Element.check(parameters, layout, shard)
    guard average.count == shard.count else {
      throw .averageCount(average.count, expected: shard.count)
    }
    let file = try Checkpoint<Scalar>(path)
    let loaded = try loaded(file)
    let values = try file.parameters()
    let loadedAverage = try file.average(
      sizes: average.record.sizes, threads: average.splitting.threadCount)
    store(values, in: &parameters)
    average = loadedAverage
    adopt(loaded)
    return file.metadata
  }

  /// Takes over the state of a file, without parameters.
  ///
  /// Like the one with parameters otherwise.
  @discardableResult
  public mutating func load(
    from path: String
  ) throws(CheckpointError) -> [String: String] {
    let file = try Checkpoint<Scalar>(path)
    adopt(try loaded(file))
    return file.metadata
  }

  private func loaded(
    _ file: borrowing Checkpoint<Scalar>
  ) throws(CheckpointError) -> AdEMAMix {
    try file.check(layout, shard: shard)
    return try file.optimizer(
      engine: engine, threads: splitting.threadCount)
  }

  /// Puts the parameters of a file where the caller keeps them.
  private func store<Element: ParameterElement>(
    _ values: [Scalar], in parameters: inout [Element]
  ) where Element.Scalar == Scalar {
    unsafe values.withUnsafeBufferPointer { values in
      for piece in layout.pieces(of: shard, .parameter, Scalar.scalarType) {
        unsafe Element._replace(
          &parameters, tensor: piece.tensor, range: piece.range,
          with: UnsafeBufferPointer(rebasing: values[piece.range]))
      }
    }
  }
}
