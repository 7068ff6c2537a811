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
  /// The file replaces one that is there once it is whole and on the device: a
  /// crash leaves the old or the new. Nothing is copied in memory.
  ///
  /// - Parameters:
  ///   - path: The file, in a folder that exists.
  ///   - parameters: The parameters of the shard, to save with the state: one
  ///     flat array, an array for each tensor, or `TensorBuffers`, whose
  ///     gradients are not looked at.
  ///   - metadata: What else the run needs to go on, such as the seed of its
  ///     data. Keys that begin with `ademamix.` or `crc32c`, and `format`, are
  ///     the file's own. A key has at most 30 combining marks on one letter.
  /// - Throws: ``CheckpointError``. Then the file that was there still is, unless
  ///   only flushing the folder failed.
  /// - Complexity: O(count of the shard).
  public func save<Element: ParameterElement>(
    to path: String, parameters: [Element], metadata: [String: String] = [:]
  ) throws(CheckpointError) where Element.Scalar == Scalar {
    try unsafe write(path, parameters, average: nil, metadata)
  }

  /// Saves the state, the parameters and their average.
  ///
  /// - Parameters:
  ///   - path: The file, in a folder that exists.
  ///   - parameters: The parameters of the shard.
  ///   - average: An average of the same parameters, which must not be swapped
  ///     with them.
  ///   - metadata: What else the run needs to go on.
  /// - Throws: ``CheckpointError``, like the one without an average.
  /// - Complexity: O(count of the shard).
  public func save<Element: ParameterElement>(
    to path: String, parameters: [Element],
    average: borrowing ParameterAverage<Scalar>,
    metadata: [String: String] = [:]
  ) throws(CheckpointError) where Element.Scalar == Scalar {
    try unsafe write(
      path, parameters, average: StoredAverage(average), metadata)
  }

  /// Saves the state alone.
  ///
  /// All else is as with parameters.
  public func save(
    to path: String, metadata: [String: String] = [:]
  ) throws(CheckpointError) {
    try unsafe write(path, nil as [[Scalar]]?, average: nil, metadata)
  }
}
