//===--- CheckpointManager+Resume.swift - on from the newest intact file --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

public import AdEMAMix

extension CheckpointManager {
  /// Loads the newest file that is as it was written and finite, with its
  /// parameters and, if the optimizer has an `average`, with that too.
  ///
  ///     let resumed = try checkpoints.resume(
  ///       &optimizer, parameters: &parameters)
  ///     for difference in resumed?.differences ?? [] { print(difference) }
  ///
  /// Hyperparameters, schedules and options become those of the file, unless
  /// they are kept, as in `AdEMAMix.load(from:parameters:keeping:)`. For
  /// example, a run that is to go on with a longer schedule keeps its
  /// hyperparameters. The functions of schedules are those of the optimizer
  /// that have the names in the file.
  ///
  /// The call passes over three kinds of files, which stay in the folder:
  ///
  /// * A file that is damaged or cannot be read.
  /// * A file of another step than its name says.
  /// * A file with NaN or infinite numbers, because a run does not recover from
  ///   them. With the same data and options, the run may come to them again. If
  ///   all files have such numbers, the run goes on from the newest file.
  ///
  /// A file that is intact but does not suit the optimizer is an error: a run
  /// that silently starts anew would be a surprise.
  ///
  /// - Parameters:
  ///   - optimizer: An optimizer of the layout of the file, apart from
  ///     hyperparameters and freezing.
  ///   - parameters: The tree that receives the parameters.
  ///   - kept: The settings of the optimizer that stay as they are.
  /// - Returns: The checkpoint that the run goes on from, or `nil` if the
  ///   folder has no files. With `nil`, nothing has changed.
  /// - Throws: ``CheckpointError``. Its code is `noneIntact` if all files are
  ///   damaged, and `missingFunction` if the optimizer has no function of a
  ///   name in the file. After an error, nothing has changed.
  /// - Complexity: O(count of the shard).
  @discardableResult
  public mutating func resume<Parameters: TensorTree<Scalar>>(
    _ optimizer: inout AdEMAMix<Scalar>, parameters: inout Parameters,
    keeping kept: KeptSettings = []
  ) throws(CheckpointError) -> LoadedCheckpoint? {
    let names = optimizer.layout.tensors
    return try CallerTensors.with(&parameters, expected: names) {
      (tensors) throws(CheckpointError) in
      try resume { file throws(CheckpointError) in
        try optimizer.load(
          file, tensors, keeping: kept)
      }
    }
  }

  /// Loads the newest file that is as it was written and finite, into weights
  /// that are split.
  ///
  /// - Parameters:
  ///   - optimizer: An optimizer of the layout of the file, apart from
  ///     hyperparameters and freezing.
  ///   - weights: The tree that receives the upper parts of the weights.
  ///   - kept: The settings of the optimizer that stay as they are. With
  ///     `.storage`, weights of another form are converted.
  /// - Returns: The checkpoint that the run goes on from, or `nil` if the
  ///   folder has no files. With `nil`, nothing has changed.
  /// - Throws: ``CheckpointError``. After an error, nothing has changed.
  /// - Complexity: O(count of the shard).
  @discardableResult
  public mutating func resume<Weights: TensorTree<BFloat16>>(
    _ optimizer: inout AdEMAMix<Scalar>, parameters weights: inout Weights,
    keeping kept: KeptSettings = []
  ) throws(CheckpointError) -> LoadedCheckpoint? where Scalar == Float {
    let names = optimizer.layout.tensors
    return try CallerTensors.with(weights: &weights, expected: names) {
      (tensors) throws(CheckpointError) in
      try resume { file throws(CheckpointError) in
        try optimizer.load(file, tensors, keeping: kept)
      }
    }
  }

  /// Loads the newest file that is as it was written and finite, with its
  /// parameters and an average that the program keeps.
  ///
  /// A file without an average is an error with the code `missingContent`. A
  /// program can resume from such a file without an average, and begin the
  /// average anew from the parameters.
  ///
  /// - Parameters:
  ///   - optimizer: An optimizer of the layout of the file, apart from
  ///     hyperparameters and freezing.
  ///   - parameters: The tree that receives the parameters.
  ///   - average: The average that is replaced by that of the file.
  ///   - kept: The settings of the optimizer that stay as they are. The decay
  ///     of the average is one of the hyperparameters.
  /// - Returns: The checkpoint that the run goes on from, or `nil` if the
  ///   folder has no files. With `nil`, nothing has changed.
  /// - Throws: ``CheckpointError``. After an error, nothing has changed.
  /// - Complexity: O(count of the shard).
  @discardableResult
  public mutating func resume<Parameters: TensorTree<Scalar>>(
    _ optimizer: inout AdEMAMix<Scalar>, parameters: inout Parameters,
    average: inout ParameterAverage<Scalar>, keeping kept: KeptSettings = []
  ) throws(CheckpointError) -> LoadedCheckpoint? {
    let names = optimizer.layout.tensors
    return try CallerTensors.with(&parameters, expected: names) {
      (tensors) throws(CheckpointError) in
      try resume { file throws(CheckpointError) in
        try optimizer.load(
          file, tensors, average: &average, keeping: kept)
      }
    }
  }

  /// Loads the file to go on from.
  private mutating func resume(
    _ load: (borrowing CheckpointFile<Scalar>) throws(CheckpointError) ->
      LoadedCheckpoint
  ) throws(CheckpointError) -> LoadedCheckpoint? {
    try finish()
    var damaged: [CheckpointError] = []
    var nonFinite: [Int] = []
    /// Loads a file, or returns `nil` if the file is passed over.
    func loaded(
      _ step: Int, mayBeNonFinite: Bool
    ) throws(CheckpointError) -> LoadedCheckpoint? {
      let path = folder.path(of: step)
      do throws(CheckpointError) {
        let file = try CheckpointFile<Scalar>(path)
        // A run from such a file would come to the step of the name again, and
        // would be resumed from the file for ever.
        guard file.stepCount == step else {
          throw .step(file.stepCount, expected: step)
        }
        if mayBeNonFinite || file.isFinite != false { return try load(file) }
        nonFinite.append(step)
      } catch {
        guard error.isDamage else { throw error.named(path) }
        damaged.append(error.named(path))
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
    // Names have the order of steps.
    found.damaged = damaged.sorted { ($0.path ?? "") > ($1.path ?? "") }
    found.nonFinite = nonFinite.map(folder.path(of:))
      .filter { $0 > found.path }
    lastStep = found.stepCount
    return found
  }
}
