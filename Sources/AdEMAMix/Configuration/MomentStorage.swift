//===--- MomentStorage.swift - how many bits the moments take -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// How the moments of a group are stored, one by one.
///
///     ParameterGroup(
///       "matrices", sizes: [784 * 128], hyperparameters, storage: .compact)
///
/// Only the `fused` engine works on others than ``full``, and only on `Float`
/// parameters. Moments are in single precision while a step computes with them,
/// and are stored as averages that are scaled lazily: their decay is exact, and
/// only what a step adds is rounded.
public struct MomentStorage: Sendable, Hashable, Codable {
  /// m1.
  public var fast: MomentFormat
  /// m2.
  public var slow: MomentFormat
  /// ν.
  public var second: MomentFormat
  /// The seed of rounding, which depends beside it on the number of steps
  /// completed and the index of the element in the layout alone. Neither
  /// threads nor shards nor an interruption change a bit.
  public var seed: UInt32

  /// A choice for each moment; the scalar type unless set.
  public init(
    fast: MomentFormat = .scalar, slow: MomentFormat = .scalar,
    second: MomentFormat = .scalar, seed: UInt32 = 0
  ) {
    self.fast = fast
    self.slow = slow
    self.second = second
    self.seed = seed
  }

  /// The scalar type: 12 bytes a `Float` parameter.
  public static let full = MomentStorage()

  /// About half the state, 6.03 bytes a parameter: m1 as bfloat16, m2 and ν as
  /// 16-bit floating-point numbers in blocks.
  ///
  /// After 10,000 steps m2 and the way that parameters went are off by less
  /// than 1 % where gradients are up to 2¹² times smaller than the largest of a
  /// block of 256, and by less than 2 % where 2¹⁵. Beyond, errors grow with
  /// each octave. For gradients that alternate in sign, m2 is next to 0, and
  /// off by 11 % of that.
  public static let compact = MomentStorage(
    fast: .bfloat16, slow: .blockFloat16, second: .blockFloat16)

  /// A third of the state, 4.05 bytes a parameter: m1 and ν as 8-bit, m2 as
  /// 16-bit floating-point numbers in blocks.
  ///
  /// m2 is as close as with ``compact``. m1 is off by 8 %, and the root of ν by
  /// 11 %, where gradients are up to 2¹² times smaller than the largest of a
  /// block; these errors change from step to step, so that the way that
  /// parameters went is off by less than 8 % after 10,000 steps.
  public static let minimal = MomentStorage(
    fast: .blockFloat8, slow: .blockFloat16, second: .blockFloat8)

  /// Whether all moments have the scalar type.
  package var isFull: Bool { hasFormats(of: .full) }

  /// Whether each moment has the format that it has in another storage.
  package func hasFormats(of other: MomentStorage) -> Bool {
    fast == other.fast && slow == other.slow && second == other.second
  }

  /// Whether a moment is stored as floating-point numbers in blocks.
  package var hasBlockFloats: Bool {
    [fast, slow, second].contains { $0 == .blockFloat16 || $0 == .blockFloat8 }
  }

  /// The format of one moment.
  subscript(moment: MomentName) -> MomentFormat {
    switch moment {
    case .fast: fast
    case .slow: slow
    case .second: second
    }
  }

  /// Checks that an engine works on such moments.
  func check(
    _ engine: StepEngine, group: @autoclosure () -> String
  ) throws(AdEMAMixError) {
    guard isFull || engine == .fused else {
      throw .storageNeedsFusedEngine(engine, group: group())
    }
  }
}
