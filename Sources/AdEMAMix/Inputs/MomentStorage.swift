//===--- MomentStorage.swift - how many bits the moments take -------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// How the elements of one moment are stored.
///
/// What does not fit is rounded up or down, with a chance of each that makes it
/// right on average; see ``MomentStorage/seed``. NaN and infinite elements are
/// NaN afterwards in a block, and touch no other element.
///
/// There is no float16: for m1 and m2 ``blockInt16`` takes the same bytes and was
/// measured 3 to 15 times closer, and squares of gradients are below its range.
public enum MomentFormat: String, Sendable, Hashable, Codable, CaseIterable {
  /// The optimizer's scalar type: 4 bytes an element for `Float`.
  case scalar
  /// The upper half of a `Float`: 2 bytes, the range of `Float`, 8 digits of
  /// precision in base 2. Small and large elements are equally exact.
  case bfloat16
  /// 16-bit integers, and the largest magnitude of each 256 elements: 2.02 bytes.
  ///
  /// m1 and m2 are linear in the integer, which is exact to 1/32766 of the
  /// block's largest element; ν has 12 digits of precision in base 2, and a range
  /// of 2⁴³.
  case blockInt16
  /// 8-bit integers, and the largest magnitude of each 256 elements: 1.02 bytes.
  ///
  /// m1 is quadratic in the integer, with a range of 2¹⁴; ν goes with its fourth
  /// power, nearly, and has a range of 2²⁸. Not for m2: so slow an average loses
  /// what it adds up.
  case blockInt8
}

/// How the moments of a group are stored, one by one.
///
///     ParameterGroup("matrices", sizes: [784 * 128], hyperparameters, storage: .compact)
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
  /// What rounding depends on, beside the number of steps completed and the
  /// index of the element in the layout. It has no other state: neither threads
  /// nor shards nor an interruption change a bit.
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

  /// About half the state, 6.03 bytes a parameter, and no visible loss: m1 as
  /// bfloat16, m2 and ν as 16-bit integers in blocks.
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
    _ engine: Engine, group: @autoclosure () -> String
  ) throws(AdEMAMixError) {
    guard isFull || engine == .fused else {
      throw .storageNeedsFusedEngine(engine, group: group())
    }
  }

  /// Checks what the choice asks of a group's moments and the scalar type.
  package func check<Scalar: OptimizerScalar>(
    group: String, in _: Scalar.Type
  ) throws(AdEMAMixError) {
    if slow == .blockInt8 {
      throw .unsuitableFormat(slow, .slow, group: group)
    }
    guard isFull || Scalar.self == Float.self else {
      throw .storageNeedsFloat(group: group)
    }
  }
}
