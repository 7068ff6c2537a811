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
  ///   - engine: How a step is computed. `nil` is the engine that the file was
  ///     saved with; see ``Checkpoint/optimizer(engine:threads:)``.
  ///   - threads: As for an optimizer made anew. The file is read on all
  ///     processors.
  /// - Throws: ``CheckpointError``.
  /// - Complexity: O(count of the shard).
  public init(
    checkpoint path: String, engine: Engine? = nil, threads: Int? = nil
  ) throws(CheckpointError) {
    self = try Checkpoint(path).optimizer(engine: engine, threads: threads)
  }

  /// Takes over the state of a file, counts and moments, its settings, and the
  /// parameters. The layout must be the same, but for hyperparameters and freezing.
  ///
  ///     let loaded = try optimizer.load(from: path, parameters: &parameters)
  ///     for difference in loaded.differences { print(difference) }
  ///
  /// Hyperparameters, schedules and options become those of the file, so that the
  /// run goes on with the bits of one that never stopped; the differences say where
  /// the code differed. To go on with those of the code, keep them:
  ///
  ///     try optimizer.load(from: path, parameters: &parameters, keeping: .hyperparameters)
  ///
  /// The engine and the threads stay. A copy of the parameters in bfloat16 is not
  /// filled: see `round(_:into:)`.
  ///
  /// - Parameters:
  ///   - path: A file that was saved with this scalar type.
  ///   - parameters: Where the parameters of the file go: as when they were
  ///     saved, or in another of those shapes.
  ///   - kept: The settings of this optimizer that stay as they are.
  /// - Returns: What the file has beside the state, and the differences.
  /// - Throws: ``CheckpointError``, for a setting that the state of the file does
  ///   not go with ``CheckpointError/cannotKeep(_:accumulatedGradients:)``. Then
  ///   nothing has changed.
  /// - Complexity: O(count of the shard), in memory too while loading.
  @discardableResult
  public mutating func load<Element: ParameterElement>(
    from path: String, parameters: inout [Element],
    keeping kept: KeptSettings = []
  ) throws(CheckpointError) -> LoadedCheckpoint
  where Element.Scalar == Scalar {
    try load(try Checkpoint(path), parameters: &parameters, keeping: kept)
  }

  /// Takes over the state of a file, the parameters and their average.
  ///
  /// The average's parameters come in one buffer or by tensor as before. A file
  /// without an average is refused with ``CheckpointError/noAverage``: load such a
  /// file without one, and begin the average anew from the parameters. All else is
  /// as without an average.
  @discardableResult
  public mutating func load<Element: ParameterElement>(
    from path: String, parameters: inout [Element],
    average: inout ParameterAverage<Scalar>, keeping kept: KeptSettings = []
  ) throws(CheckpointError) -> LoadedCheckpoint
  where Element.Scalar == Scalar {
    try load(
      try Checkpoint(path), parameters: &parameters, average: &average,
      keeping: kept)
  }

  /// Takes over the state of a file, without parameters.
  ///
  /// All else is as with parameters.
  @discardableResult
  public mutating func load(
    from path: String, keeping kept: KeptSettings = []
  ) throws(CheckpointError) -> LoadedCheckpoint {
    let file = try Checkpoint<Scalar>(path)
    let loaded = try loaded(file, keeping: kept)
    let result = LoadedCheckpoint(file, differences(from: file, kept))
    adopt(loaded)
    return result
  }

  mutating func load<Element: ParameterElement>(
    _ file: borrowing Checkpoint<Scalar>, parameters: inout [Element],
    keeping kept: KeptSettings
  ) throws(CheckpointError) -> LoadedCheckpoint
  where Element.Scalar == Scalar {
    try Element.check(parameters, layout, shard)
    let loaded = try loaded(file, keeping: kept)
    let values = try file.parameters()
    let result = LoadedCheckpoint(file, differences(from: file, kept))
    // Nothing is left that could be refused.
    store(values, in: &parameters)
    adopt(loaded)
    return result
  }

  mutating func load<Element: ParameterElement>(
    _ file: borrowing Checkpoint<Scalar>, parameters: inout [Element],
    average: inout ParameterAverage<Scalar>, keeping kept: KeptSettings
  ) throws(CheckpointError) -> LoadedCheckpoint
  where Element.Scalar == Scalar {
    try Element.check(parameters, layout, shard)
    guard average.count == shard.count else {
      throw .averageCount(average.count, expected: shard.count)
    }
    let loaded = try loaded(file, keeping: kept)
    let values = try file.parameters()
    let own = average.decay
    let loadedAverage = try file.average(
      decay: kept.contains(.hyperparameters) ? own : nil,
      sizes: average.record.sizes, threads: average.threadSplit.threadCount)
    var differences = differences(from: file, kept)
    if let stored = file.header.average?.decay {
      differences.compare(averageDecay: stored, own, kept)
    }
    let result = LoadedCheckpoint(file, differences)
    store(values, in: &parameters)
    average = loadedAverage
    adopt(loaded)
    return result
  }

  /// Puts the parameters of a file where the caller keeps them.
  private func store<Element: ParameterElement>(
    _ values: [Scalar], in parameters: inout [Element]
  ) where Element.Scalar == Scalar {
    unsafe values.withUnsafeBufferPointer { values in
      for piece in layout.fileSlices(of: shard, .parameter, Scalar.scalarType) {
        unsafe Element._replace(
          &parameters, tensor: piece.tensor, range: piece.range,
          with: UnsafeBufferPointer(rebasing: values[piece.range]))
      }
    }
  }
}

extension LoadedCheckpoint {
  /// The metadata of a file, and the differences found.
  fileprivate init<Scalar: OptimizerScalar>(
    _ file: borrowing Checkpoint<Scalar>, _ differences: SettingDifferences
  ) {
    self.init(
      path: file.path, stepCount: file.stepCount, metadata: file.metadata,
      isFinite: file.isFinite, differences: differences.found)
  }
}
