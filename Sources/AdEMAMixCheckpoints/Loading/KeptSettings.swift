//===--- KeptSettings.swift - settings of the code that stay --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The settings of the code that replace those of a file when the file is
/// loaded.
///
///     // A longer schedule than that of the file.
///     try checkpoints.resume(
///       &optimizer, parameters: &parameters, keeping: .hyperparameters)
public struct KeptSettings: OptionSet, Sendable, Hashable {
  /// The bits, one for each member.
  public let rawValue: Int

  /// The settings of these bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Hyperparameters with their schedules, learning rate factors, limits of the
  /// direction, skips of gradients of 0, the clock of the schedules, and the
  /// decay of an average. The functions in the file need not be known then.
  ///
  /// The state is adapted as by `AdEMAMix.updateGroup(_:_:)`: a fast moment
  /// that the file lacks starts at 0 with a clock of its own. The form of the
  /// equations must be that of the file.
  public static let hyperparameters = KeptSettings(rawValue: 1 << 0)

  /// The freezing of groups. If the file is in the middle of an accumulation,
  /// the same groups must be frozen in the file and in the code.
  public static let freezing = KeptSettings(rawValue: 1 << 1)

  /// The options of a step. If the file is in the middle of an accumulation,
  /// the same number of micro-batches must make up the step.
  public static let options = KeptSettings(rawValue: 1 << 2)

  /// The formats in which moments are stored, and the form of the weights. If a
  /// group has other formats in the file, its moments are rounded to the
  /// nearest. Weights of another form are split, or put together. Without this
  /// option, such a file is refused.
  ///
  /// A group of the same formats stays as in the file, with the seed of its
  /// rounding.
  public static let storage = KeptSettings(rawValue: 1 << 3)
}
