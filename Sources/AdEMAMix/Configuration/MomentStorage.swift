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
  /// 16-bit integers in blocks.
  ///
  /// The loss depends on how alike the 256 elements of a block are, since m2 is
  /// exact to 1/32766 of the largest. After 10,000 steps parameters are off by
  /// .05 % of the way they went where gradients are as large as the block's
  /// largest, by .6 % where they are 2⁵ times smaller, by 4 % where 2⁸, 20 %
  /// where 2¹² and half where 2¹⁵. One gradient of 3e4 times the others moves
  /// the rest of its block 6 % less to 9 % more. Tensors of narrow rows that
  /// are met now and then, such as embeddings, are better off with ``full``.
  public static let compact = MomentStorage(
    fast: .bfloat16, slow: .blockInt16, second: .blockInt16)

  /// A third of the state, 4.05 bytes a parameter: m1 and ν as 8-bit, m2 as
  /// 16-bit integers in blocks.
  public static let minimal = MomentStorage(
    fast: .blockInt8, slow: .blockInt16, second: .blockInt8)

  /// Whether all moments have the scalar type.
  package var isFull: Bool { hasFormats(of: .full) }

  /// Whether each moment has the format that it has in another storage.
  package func hasFormats(of other: MomentStorage) -> Bool {
    fast == other.fast && slow == other.slow && second == other.second
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
