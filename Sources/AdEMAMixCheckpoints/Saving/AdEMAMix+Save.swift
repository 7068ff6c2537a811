//===--- AdEMAMix+Save.swift - the state, into a file ---------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import AdEMAMix

extension AdEMAMix {
  /// Saves the state and the parameters in a safetensors file.
  ///
  ///     try optimizer.save(to: "run/1000.safetensors", parameters: parameters)
  ///
  /// `load(from:parameters:keeping:)` loads the file, and ``Checkpoint`` opens
  /// it. The file replaces an earlier file of its name once it is whole and on
  /// the device, so that a crash leaves the old file or the new one. Nothing is
  /// copied in memory.
  ///
  /// - Parameters:
  ///   - path: The path of the file, in a folder that exists.
  ///   - parameters: The parameters of the shard, in one array.
  ///   - metadata: Texts that the run needs to go on, such as the seed of its
  ///     data. Keys that begin with `ademamix.` or `crc32c`, and the key
  ///     `format`, are reserved for the file. A key has at most 30 combining
  ///     marks on one letter.
  /// - Throws: ``CheckpointError``. After an error, an earlier file is still in
  ///   its place, unless only flushing the folder failed.
  /// - Complexity: O(count of the shard).
  public func save(
    to path: String, parameters: [Scalar], metadata: [String: String] = [:]
  ) throws(CheckpointError) {
    _ = try CallerMemory.reading(parameters) {
      (memory) throws(CheckpointError) in
      try unsafe write(path, memory, average: nil, metadata)
    }
  }

  /// Saves the state and parameters in separate arrays, one for each tensor of
  /// the layout. The file is that of one array.
  ///
  /// - Throws: ``CheckpointError``, as with one array.
  public func save(
    to path: String, parameters: [[Scalar]], metadata: [String: String] = [:]
  ) throws(CheckpointError) {
    try unsafe write(
      path, .arrays(TensorArrays(parameters: parameters)), average: nil,
      metadata)
  }

  /// Saves the state and parameters in a buffer for each tensor. Their
  /// gradients are not read. The file is that of one array.
  ///
  /// - Throws: ``CheckpointError``, as with one array, and for buffers that are
  ///   misaligned or overlap.
  public func save(
    to path: String, parameters: [ParameterBuffers<Scalar>],
    metadata: [String: String] = [:]
  ) throws(CheckpointError) {
    try unsafe write(path, .tensors(parameters), average: nil, metadata)
  }

  /// Saves the state, the parameters and their average in a safetensors file.
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
  public func save(
    to path: String, parameters: [Scalar],
    average: borrowing ParameterAverage<Scalar>,
    metadata: [String: String] = [:]
  ) throws(CheckpointError) {
    let average = unsafe StoredAverage(average)
    _ = try CallerMemory.reading(parameters) {
      (memory) throws(CheckpointError) in
      try unsafe write(path, memory, average: average, metadata)
    }
  }

  /// Saves the state, parameters in separate arrays and their average.
  ///
  /// - Throws: ``CheckpointError``, as with one array.
  public func save(
    to path: String, parameters: [[Scalar]],
    average: borrowing ParameterAverage<Scalar>,
    metadata: [String: String] = [:]
  ) throws(CheckpointError) {
    try unsafe write(
      path, .arrays(TensorArrays(parameters: parameters)),
      average: StoredAverage(average), metadata)
  }

  /// Saves the state, parameters in a buffer for each tensor and their average.
  ///
  /// - Throws: ``CheckpointError``, as with one array, and for buffers that are
  ///   misaligned or overlap.
  public func save(
    to path: String, parameters: [ParameterBuffers<Scalar>],
    average: borrowing ParameterAverage<Scalar>,
    metadata: [String: String] = [:]
  ) throws(CheckpointError) {
    try unsafe write(
      path, .tensors(parameters), average: StoredAverage(average), metadata)
  }

  /// Saves the state alone in a safetensors file.
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
}
