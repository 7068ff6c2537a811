//===--- BFloat16.swift - the upper half of a Float -----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A bfloat16 number: the sign, exponent and first 7 binary digits of a
/// `Float`.
///
/// The type is for gradients and copies of parameters, and has no arithmetic.
@frozen public struct BFloat16: Sendable, Hashable, BitwiseCopyable {
  /// The bits, from the sign down.
  public var bitPattern: UInt16

  /// The number with these bits.
  @inlinable public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

  /// The nearest to a number; of two that are equally near, the one whose last
  /// bit is 0. A NaN stays one.
  @inlinable public init(_ value: Float) {
    let bits = value.bitPattern
    if value.isNaN {
      bitPattern = UInt16(truncatingIfNeeded: bits >> 16) | 0x40
    } else {
      bitPattern = UInt16((bits &+ 0x7fff &+ (bits >> 16) & 1) >> 16)
    }
  }
}

extension Float {
  /// The number, which a `Float` has exactly.
  @inlinable public init(_ value: BFloat16) {
    self.init(bitPattern: UInt32(value.bitPattern) << 16)
  }
}

extension BFloat16: CustomStringConvertible {
  /// The text of the number as a `Float`.
  public var description: String { Float(self).description }
}
