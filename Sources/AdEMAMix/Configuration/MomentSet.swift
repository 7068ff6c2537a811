//===--- MomentSet.swift - some of the three moments ----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// Some of the three moments that an optimizer keeps of a parameter.
public struct MomentSet: OptionSet, Sendable, Hashable {
  /// The bits, one for each moment.
  public let rawValue: Int

  /// The moments of these bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// m1, the fast average of gradients. A group without a fast moment, whose
  /// beta1 is 0, has nothing to change.
  public static let fast = MomentSet(rawValue: 1 << 0)
  /// m2, the slow average of gradients.
  public static let slow = MomentSet(rawValue: 1 << 1)
  /// ν, the average of squares.
  public static let second = MomentSet(rawValue: 1 << 2)
  /// All three.
  public static let all: MomentSet = [.fast, .slow, .second]
}
