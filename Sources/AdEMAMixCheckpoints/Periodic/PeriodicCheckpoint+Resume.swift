//===--- PeriodicCheckpoint+Resume.swift - from the newest intact file ----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import AdEMAMix
internal import SafeTensors

extension PeriodicCheckpoint {
  /// Takes over the state of the newest file that is as it was written and finite,
  /// with its parameters.
  ///
  ///     let resumed = try checkpoints.resume(&optimizer, parameters: &parameters)
  ///     for difference in resumed?.differences ?? [] { print(difference) }
  ///
  /// Hyperparameters, schedules and options become those of the file, unless they
  /// are kept, as in `AdEMAMix.load(from:parameters:keeping:)`: a run that is to
  /// go on with a longer schedule than it had keeps its hyperparameters.
  ///
  /// A file that is damaged, cannot be read or is of another step than its name
  /// says is passed over, and stays. One that is intact but does not fit is an
  /// error, ``CheckpointError/inFile(_:path:)``: to start anew would be a surprise.
  /// One that has NaN or infinite numbers is passed over, as a run does not recover
  /// from them: with the same data and options, it may come to them again. Where all
  /// files have such numbers, the run goes on from the newest.
  ///
  /// - Parameters:
  ///   - optimizer: An optimizer of the same layout, but for hyperparameters and
  ///     freezing.
  ///   - parameters: Where the parameters go: flat, or by tensor.
  ///   - kept: The settings of the optimizer that stay as they are.
  /// - Returns: What the run goes on from, or `nil` where there are no files:
  ///   nothing has changed then.
  /// - Throws: ``CheckpointError``: ``CheckpointError/noneIntact(_:)`` where there
  ///   are only damaged files. Then nothing has changed.
  /// - Complexity: O(count of the shard).
  @discardableResult
  public mutating func resume<Element: ParameterElement>(
    _ optimizer: inout AdEMAMix<Scalar>, parameters: inout [Element],
    keeping kept: KeptSettings = []
  ) throws(CheckpointError) -> LoadedCheckpoint?
  where Element.Scalar == Scalar {
    try resume { file throws(CheckpointError) in
      try optimizer.load(file, parameters: &parameters, keeping: kept)
    }
  }

  /// Takes over the state of the newest file that is as it was written and finite,
  /// with its parameters and their average.
  ///
  /// A file without an average is an error, ``CheckpointError/noAverage`` in
  /// ``CheckpointError/inFile(_:path:)``: resume from such a file without one, and
  /// begin the average anew from the parameters. All else is as without an average.
  @discardableResult
  public mutating func resume<Element: ParameterElement>(
    _ optimizer: inout AdEMAMix<Scalar>, parameters: inout [Element],
    average: inout ParameterAverage<Scalar>, keeping kept: KeptSettings = []
  ) throws(CheckpointError) -> LoadedCheckpoint?
  where Element.Scalar == Scalar {
    try resume { file throws(CheckpointError) in
      try optimizer.load(
        file, parameters: &parameters, average: &average, keeping: kept)
    }
  }

  /// Loads the file to go on from.
  private mutating func resume(
    _ load: (borrowing Checkpoint<Scalar>) throws(CheckpointError) ->
      LoadedCheckpoint
  ) throws(CheckpointError) -> LoadedCheckpoint? {
    try finish()
    var damaged: [DamagedCheckpoint] = []
    var nonFinite: [Int] = []
    /// Loads a file, or returns `nil` where it is passed over.
    func loaded(
      _ step: Int, mayBeNonFinite: Bool
    ) throws(CheckpointError) -> LoadedCheckpoint? {
      let path = folder.path(of: step)
      do throws(CheckpointError) {
        let file = try Checkpoint<Scalar>(path)
        // Its run would come to this step again, and be resumed from it for ever.
        guard file.stepCount == step else {
          throw .step(file.stepCount, expected: step)
        }
        if mayBeNonFinite || file.isFinite != false { return try load(file) }
        nonFinite.append(step)
      } catch {
        guard error.isDamage else { throw error.named(path) }
        damaged.append(DamagedCheckpoint(path: path, error: error))
      }
      return nil
    }
    var found: LoadedCheckpoint?
    for step in try folder.steps() where found == nil {
      found = try loaded(step, mayBeNonFinite: false)
    }
    for step in nonFinite where found == nil {
      found = try loaded(step, mayBeNonFinite: true)
    }
    guard var found else {
      guard damaged.isEmpty else { throw .noneIntact(damaged) }
      return nil
    }
    // Names sort as steps do.
    found.damaged = damaged.sorted { $0.path > $1.path }
    found.nonFinite = nonFinite.map(folder.path(of:))
      .filter { $0 > found.path }
    lastStep = found.stepCount
    return found
  }
}

extension CheckpointError {
  /// Whether a file is not as it was written, so that an older one counts.
  fileprivate var isDamage: Bool {
    switch self {
    case .file(let error): error.isDamage
    case .step: true
    default: false
    }
  }
}
