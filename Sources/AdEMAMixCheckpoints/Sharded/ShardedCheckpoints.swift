//===--- ShardedCheckpoints.swift - the sharded checkpoints of a run ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The sharded checkpoints in a folder, which `DistributedAdEMAMix` saves. Each
/// is a folder of its own, which ``Checkpoint`` opens.
///
///     if let path = try ShardedCheckpoints.newestPath(in: "run") {
///       optimizer = try Checkpoint<Float>(path).optimizer()
///     }
public enum ShardedCheckpoints {
  /// The path of the sharded checkpoint that a run goes on from: the newest
  /// checkpoint that does not say that it has numbers that are not finite. If
  /// all checkpoints say so, it is the newest of all.
  ///
  /// - Parameter folder: The path of the folder that the run saves in.
  /// - Returns: The path, or `nil` if there is no checkpoint.
  /// - Throws: ``CheckpointError`` if the folder is missing or cannot be read.
  /// - Complexity: O(number of files + number of tensors in them) of the
  ///   checkpoints down to the returned one.
  public static func newestPath(
    in folder: String
  ) throws(CheckpointError) -> String? {
    try ShardFolder(folder).newest().map { "\(folder)/\($0)" }
  }

  /// The paths of the sharded checkpoints in a folder, the newest first.
  ///
  /// A checkpoint whose save did not come to an end is not among them.
  ///
  /// - Parameter folder: The path of the folder that the run saves in.
  /// - Returns: The paths.
  /// - Throws: ``CheckpointError`` if the folder is missing or cannot be read.
  /// - Complexity: O(*n* log *n*) for *n* checkpoints.
  public static func paths(
    in folder: String
  ) throws(CheckpointError) -> [String] {
    try ShardFolder(folder).complete().map { "\(folder)/\($0)" }
  }
}
