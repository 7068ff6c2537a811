//===--- LoadedCheckpoint.swift - what a run goes on from -----------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A checkpoint that was loaded into an optimizer: what it has beside the state,
/// and where its settings differ from those of the code.
///
///     for difference in loaded.differences { print(difference) }
public struct LoadedCheckpoint: Sendable, Hashable {
  /// The file.
  public let path: String
  /// The number of steps completed.
  public let stepCount: Int
  /// The metadata that the caller had added when it was saved.
  public let metadata: [String: String]
  /// Whether all numbers of groups that are not frozen are finite: parameters,
  /// their average, moments and accumulated gradients. `nil` where the file, of an
  /// earlier version, does not say.
  public let isFinite: Bool?
  /// The settings in which the file and the code differ, those that were kept
  /// too: of the groups in their order, of the options, of the whole.
  public let differences: [SettingDifference]
  /// Files that a resume passed over as they are damaged, cannot be read or are of
  /// another step than their names say, the newest first.
  public internal(set) var damaged: [DamagedCheckpoint] = []
  /// Newer files that a resume passed over as they have numbers that are not
  /// finite, the newest first.
  public internal(set) var nonFinite: [String] = []
}

/// Settings of the code that count in place of those of a file, when it is loaded.
///
///     // A longer schedule than that of the file.
///     try checkpoints.resume(&optimizer, parameters: &parameters, keeping: .hyperparameters)
public struct KeptSettings: OptionSet, Sendable, Hashable {
  /// The bits, one a member.
  public let rawValue: Int

  /// Settings by their bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Hyperparameters with their schedules, learning rate factors, the clock that
  /// schedules go by, and the decay of an average.
  ///
  /// The state is adapted as by `AdEMAMix.updateGroup(_:_:)`: a fast moment that
  /// the file lacks starts at 0 with a clock of its own. The form of the equations
  /// must be that of the file.
  public static let hyperparameters = KeptSettings(rawValue: 1 << 0)

  /// Which groups are frozen. Where the file is in the middle of an accumulation,
  /// a change of them is refused.
  public static let freezing = KeptSettings(rawValue: 1 << 1)

  /// The options of a step, `gradientScale` among them. Where the file is in the
  /// middle of an accumulation, as many micro-batches must make up the step.
  public static let options = KeptSettings(rawValue: 1 << 2)

  /// How moments are stored: those of a group that the file has in other formats
  /// are rounded to the nearest, where such a file is refused otherwise. Groups of
  /// the same formats are as in the file, the seed of their rounding too.
  public static let storage = KeptSettings(rawValue: 1 << 3)
}
