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
  ///   - engine: How a step is computed. `nil` is `blas`, or `fused` where a
  ///     group stores its moments in fewer bits, which no other engine works on.
  ///   - threads: As for an optimizer made anew. The file is read on all
  ///     processors.
  /// - Throws: ``CheckpointError``.
  /// - Complexity: O(count of the shard).
  public init(
    checkpoint path: String, engine: Engine? = nil, threads: Int? = nil
  ) throws(CheckpointError) {
    self = try Checkpoint(path).optimizer(engine: engine, threads: threads)
  }

  /// Takes over the state of a file, hyperparameters, schedules, options, counts
  /// and moments, and the parameters. The layout must be the same, but for
  /// hyperparameters and freezing.
  ///
  /// Moments must be stored in the same formats, unless they are to be converted:
  ///
  ///     try optimizer.updateGroups { $0.storage = .compact }
  ///     try optimizer.load(from: path, parameters: &parameters, convertingStorage: true)
  ///
  /// - Parameters:
  ///   - path: A file that was saved with this scalar type.
  ///   - parameters: Where the parameters of the file go: as when they were
  ///     saved, or in another of those shapes.
  ///   - convertingStorage: Whether a group whose moments are stored in other
  ///     formats than in the file keeps its own storage, what the file has being
  ///     rounded to the nearest; otherwise such a file is refused. Groups of the
  ///     same formats are as in the file, the seed of their rounding too.
  /// - Returns: The metadata that was saved.
  /// - Throws: ``CheckpointError``. Then nothing has changed.
  /// - Complexity: O(count of the shard), in memory too while loading.
  @discardableResult
  public mutating func load<Element: ParameterElement>(
    from path: String, parameters: inout [Element],
    convertingStorage: Bool = false
  ) throws(CheckpointError) -> [String: String]
  where Element.Scalar == Scalar {
    try Element.check(parameters, layout, shard)
    let file = try Checkpoint<Scalar>(path)
    let loaded = try loaded(file, convertingStorage)
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
    average: inout ParameterAverage<Scalar>, convertingStorage: Bool = false
  ) throws(CheckpointError) -> [String: String]
  where Element.Scalar == Scalar {
    try Element.check(parameters, layout, shard)
    guard average.count == shard.count else {
      throw .averageCount(average.count, expected: shard.count)
    }
    let file = try Checkpoint<Scalar>(path)
    let loaded = try loaded(file, convertingStorage)
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
    from path: String, convertingStorage: Bool = false
  ) throws(CheckpointError) -> [String: String] {
    let file = try Checkpoint<Scalar>(path)
    adopt(try loaded(file, convertingStorage))
    return file.metadata
  }

  private func loaded(
    _ file: borrowing Checkpoint<Scalar>, _ convertingStorage: Bool
  ) throws(CheckpointError) -> AdEMAMix {
    try file.check(layout, shard: shard, convertingStorage: convertingStorage)
    var loaded = try file.optimizer(threads: splitting.threadCount)
    for (stored, group) in zip(file.layout.groups, layout.groups)
    where !stored.storage.hasFormats(of: group.storage) {
      try CheckpointError.wrapping { () throws(AdEMAMixError) in
        // Only this engine works on all storages; `adopt` keeps the own one.
        loaded.engine = .fused
        try loaded.updateGroup(group.name) { $0.storage = group.storage }
      }
    }
    return loaded
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
