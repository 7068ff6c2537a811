//===--- AdEMAMix+Save.swift - the state, into a file ---------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

public import AdEMAMix

extension AdEMAMix {
  /// Saves the state, the parameters and the `average` of the optimizer, if it
  /// has one, in a safetensors file.
  ///
  ///     try optimizer.save(to: "run/1000.safetensors", parameters: parameters)
  ///
  /// `load(from:parameters:keeping:)` loads the file, and ``Checkpoint`` opens
  /// it. The file replaces an earlier file of its name once it is whole and on
  /// the device, so that a crash leaves the old file or the new one. Nothing is
  /// copied in memory.
  ///
  /// The file keeps the name of a `HyperparameterSchedule.function(_:_:)`. An
  /// optimizer with a function that has no name cannot be saved.
  ///
  /// - Parameters:
  ///   - path: The path of the file, in a folder that exists.
  ///   - parameters: The parameters of the shard, in a tree of any kind. The
  ///     file is the same for all kinds.
  ///   - metadata: Texts that the run needs to go on, such as the seed of its
  ///     data. Keys that begin with `ademamix.` or `crc32c`, and the key
  ///     `format`, are reserved for the file. A key has at most 30 combining
  ///     marks on one letter.
  /// - Throws: ``CheckpointError``. After an error, an earlier file is still in
  ///   its place, unless only flushing the folder failed.
  /// - Complexity: O(count of the shard).
  public func save<Parameters: TensorTree<Scalar>>(
    to path: String, parameters: Parameters, metadata: [String: String] = [:]
  ) throws(CheckpointError) {
    try unsafe write(path, tensors(parameters), average: nil, metadata)
  }

  /// Saves the state and weights that are split.
  ///
  /// `load(from:parameters:keeping:)` loads the file.
  ///
  /// - Parameters:
  ///   - path: The path of the file, in a folder that exists.
  ///   - weights: The upper parts of the weights of the shard. Their
  ///     corrections belong to the state.
  ///   - metadata: Texts that the run needs to go on.
  /// - Throws: ``CheckpointError`` as with other parameters.
  /// - Complexity: O(count of the shard).
  public func save<Weights: TensorTree<BFloat16>>(
    to path: String, parameters weights: Weights,
    metadata: [String: String] = [:]
  ) throws(CheckpointError) where Scalar == Float {
    try unsafe write(path, tensors(weights), average: nil, metadata)
  }

  /// Saves the state, the parameters and an average that the program keeps, in
  /// a safetensors file. It takes the place of the optimizer's own.
  ///
  /// `load(from:parameters:average:keeping:)` loads the file.
  ///
  /// - Parameters:
  ///   - path: The path of the file, in a folder that exists.
  ///   - parameters: The parameters of the shard.
  ///   - average: An average of the same parameters, which must not be swapped
  ///     with them.
  ///   - metadata: Texts that the run needs to go on, with the same rules as
  ///     without an average.
  /// - Throws: ``CheckpointError``. After an error, an earlier file is still in
  ///   its place, unless only flushing the folder failed.
  /// - Complexity: O(count of the shard).
  public func save<Parameters: TensorTree<Scalar>>(
    to path: String, parameters: Parameters,
    average: borrowing ParameterAverage<Scalar>,
    metadata: [String: String] = [:]
  ) throws(CheckpointError) {
    try unsafe write(
      path, tensors(parameters), average: StoredAverage(average), metadata)
  }

  /// Saves the state alone in a safetensors file, without an average.
  ///
  /// `load(from:keeping:)` loads the file.
  ///
  /// - Parameters:
  ///   - path: The path of the file, in a folder that exists.
  ///   - metadata: Texts that the run needs to go on, with the same rules as
  ///     with parameters.
  /// - Throws: ``CheckpointError``. After an error, an earlier file is still in
  ///   its place, unless only flushing the folder failed.
  /// - Complexity: O(count of the shard).
  public func save(
    to path: String, metadata: [String: String] = [:]
  ) throws(CheckpointError) {
    try unsafe write(path, nil, average: nil, metadata)
  }

  /// Saves the state and the parameters of trees that are there, in either
  /// form.
  package func save(
    to path: String, parameters: CallerTensors<Scalar>,
    metadata: [String: String]
  ) throws(CheckpointError) {
    try unsafe write(path, parameters, average: nil, metadata)
  }

  /// Parameters that are to be saved.
  func tensors<Parameters: TensorTree<Scalar>>(
    _ parameters: Parameters
  ) -> CallerTensors<Scalar> {
    CallerTensors(reading: parameters, expected: layout.tensors)
  }

  /// Weights that are split and are to be saved.
  func tensors<Weights: TensorTree<BFloat16>>(
    _ weights: Weights
  ) -> CallerTensors<Scalar> {
    let tensors = CallerTensors<Scalar>()
    tensors.read(weights: weights, expected: layout.tensors)
    return tensors
  }
}
