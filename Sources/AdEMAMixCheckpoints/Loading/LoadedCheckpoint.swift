//===--- LoadedCheckpoint.swift - the checkpoint that a run goes on from --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The content of a loaded checkpoint beside the state, and the settings in
/// which the checkpoint and the code differ.
///
///     for difference in loaded.differences { print(difference) }
public struct LoadedCheckpoint: Sendable, Hashable {
  /// The path of the file.
  public let path: String
  /// The number of steps completed.
  package let stepCount: Int
  /// The metadata that the caller added when the file was saved.
  public let metadata: [String: String]
  /// Whether all numbers of groups that are not frozen are finite: parameters,
  /// their average, moments and accumulated gradients. `nil` if the file, of an
  /// earlier version, does not say.
  public let isFinite: Bool?
  /// The settings in which the file and the code differ, with those that were
  /// kept. First come those of the groups, in their order, then those of the
  /// options, then those of the whole.
  public let differences: [SettingDifference]
  /// The errors of files that a resume passed over, each with its path, the
  /// newest first. Such a file is damaged, cannot be read, or is of another
  /// step than its name says.
  public internal(set) var damaged: [CheckpointError] = []
  /// The paths of newer files that a resume passed over because they have
  /// numbers that are not finite, the newest first.
  public internal(set) var nonFinite: [String] = []
}
