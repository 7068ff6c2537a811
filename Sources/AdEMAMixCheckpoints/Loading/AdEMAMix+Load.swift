//===--- AdEMAMix+Load.swift - the state, out of a file -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

public import AdEMAMix

extension AdEMAMix {
  /// Loads a file that `save(to:parameters:metadata:)` wrote: the counts and
  /// moments, the settings, and the parameters.
  ///
  ///     let loaded = try optimizer.load(from: path, parameters: &parameters)
  ///     for difference in loaded.differences { print(difference) }
  ///
  /// The layout of the file must be that of the optimizer, apart from
  /// hyperparameters and freezing. Hyperparameters, schedules and options
  /// become those of the file: the run goes on with the bits of a run that
  /// never stopped. The differences show where the code had other settings. A
  /// program can keep the settings of the code:
  ///
  ///     try optimizer.load(
  ///       from: path, parameters: &parameters, keeping: .hyperparameters)
  ///
  /// A file keeps no more than the name of a
  /// `HyperparameterSchedule.function(_:_:)`: the function of this optimizer
  /// that has the name takes its place.
  ///
  /// The `average` of this optimizer becomes that of the file, and a file
  /// without an average is refused with the code `missingContent`. Without an
  /// `average`, that of the file is not read.
  ///
  /// The engine and the threads stay. A copy of the parameters in bfloat16 is
  /// not filled: see `round(_:into:)`.
  ///
  /// - Parameters:
  ///   - path: The path of a file that was saved with this scalar type.
  ///   - parameters: The tree that receives the parameters of the file. They
  ///     may have been saved from a tree of another kind.
  ///   - kept: The settings of this optimizer that stay as they are.
  /// - Returns: The content of the file beside the state, and the differences.
  /// - Throws: ``CheckpointError``. Its code is `settingsConflict` if a setting
  ///   that was to be kept does not suit the state of the file, and
  ///   `missingFunction` if this optimizer has no function of a name in the
  ///   file. After an error, nothing has changed.
  /// - Complexity: O(count of the shard), in memory too while loading.
  @discardableResult
  public mutating func load<Parameters: TensorTree<Scalar>>(
    from path: String, parameters: inout Parameters,
    keeping kept: KeptSettings = []
  ) throws(CheckpointError) -> LoadedCheckpoint {
    let file = try CheckpointFile<Scalar>(path)
    return try CallerTensors.with(&parameters, expected: layout.tensors) {
      (tensors) throws(CheckpointError) in
      try load(file, tensors, keeping: kept)
    }
  }

  /// Loads a file into weights that are split.
  ///
  /// With `keeping: .storage`, a file of `Float` weights is split, and weights
  /// that are split in another form are split anew. A file of split weights
  /// becomes `Float` parameters likewise.
  ///
  /// - Parameters:
  ///   - path: The path of a file.
  ///   - weights: The tree that receives the upper parts of the weights.
  ///   - kept: The settings of this optimizer that stay as they are.
  /// - Returns: The content of the file beside the state, and the differences.
  /// - Throws: ``CheckpointError`` as with other parameters.
  /// - Complexity: O(count of the shard), in memory too while loading.
  @discardableResult
  public mutating func load<Weights: TensorTree<BFloat16>>(
    from path: String, parameters weights: inout Weights,
    keeping kept: KeptSettings = []
  ) throws(CheckpointError) -> LoadedCheckpoint where Scalar == Float {
    let file = try CheckpointFile<Scalar>(path)
    return try CallerTensors.with(weights: &weights, expected: layout.tensors) {
      (tensors) throws(CheckpointError) in
      try load(file, tensors, keeping: kept)
    }
  }

  /// Loads a file that `save(to:parameters:average:metadata:)` wrote: the
  /// state, the parameters and an average that the program keeps.
  ///
  /// A file without an average is refused with the code `missingContent`. A
  /// program can load such a file without an average, and begin the average
  /// anew from the parameters.
  ///
  /// - Parameters:
  ///   - path: The path of a file that was saved with this scalar type.
  ///   - parameters: The memory that receives the parameters of the file.
  ///   - average: The average that the average of the file replaces. Updates
  ///     go on with one buffer or with separate tensors, as before the call.
  ///   - kept: The settings of this optimizer that stay as they are. The decay
  ///     of the average is one of the hyperparameters.
  /// - Returns: The content of the file beside the state, and the differences.
  /// - Throws: ``CheckpointError``. After an error, nothing has changed.
  /// - Complexity: O(count of the shard), in memory too while loading.
  @discardableResult
  public mutating func load<Parameters: TensorTree<Scalar>>(
    from path: String, parameters: inout Parameters,
    average: inout ParameterAverage<Scalar>, keeping kept: KeptSettings = []
  ) throws(CheckpointError) -> LoadedCheckpoint {
    let file = try CheckpointFile<Scalar>(path)
    return try CallerTensors.with(&parameters, expected: layout.tensors) {
      (tensors) throws(CheckpointError) in
      try load(file, tensors, average: &average, keeping: kept)
    }
  }

  /// Loads the state of a file that any `save(to:…)` wrote, without parameters.
  ///
  /// - Parameters:
  ///   - path: The path of a file that was saved with this scalar type.
  ///   - kept: The settings of this optimizer that stay as they are.
  /// - Returns: The content of the file beside the state, and the differences.
  /// - Throws: ``CheckpointError``. After an error, nothing has changed.
  /// - Complexity: O(count of the shard), in memory too while loading.
  @discardableResult
  public mutating func load(
    from path: String, keeping kept: KeptSettings = []
  ) throws(CheckpointError) -> LoadedCheckpoint {
    let file = try CheckpointFile<Scalar>(path)
    let loaded = try loaded(file, keeping: kept)
    let result = LoadedCheckpoint(file, differences(from: file, kept))
    adopt(loaded)
    return result
  }

  mutating func load(
    _ file: borrowing CheckpointFile<Scalar>,
    _ tensors: CallerTensors<Scalar>, keeping kept: KeptSettings
  ) throws(CheckpointError) -> LoadedCheckpoint {
    try tensors.check(self)
    let load = try prepareLoad(file, averageSettings, keeping: kept)
    return complete(load, in: tensors)
  }

  mutating func load(
    _ file: borrowing CheckpointFile<Scalar>,
    _ tensors: CallerTensors<Scalar>,
    average: inout ParameterAverage<Scalar>, keeping kept: KeptSettings
  ) throws(CheckpointError) -> LoadedCheckpoint {
    try tensors.check(self)
    var load = try prepareLoad(file, AverageSettings(average), keeping: kept)
    if let loaded = load.average.take() { average = loaded }
    return complete(load, in: tensors)
  }
}
