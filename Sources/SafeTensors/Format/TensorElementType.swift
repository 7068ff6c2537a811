//===--- TensorElementType.swift - the type of elements -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The type of a tensor's elements, which are little-endian.
///
/// The cases are in the order of the reference implementation, the narrowest
/// types first. ``SafeTensorsWriter`` puts tensors of later types first in a
/// file, so that all elements are aligned.
///
/// The raw value is the type's name in a file.
public enum TensorElementType: String, Sendable, Hashable, CaseIterable {
  /// One byte, 0 or 1. The library does not check that a byte is 0 or 1.
  case bool = "BOOL"
  /// 4 bits, two in a byte.
  case float4 = "F4"
  /// 6 bits, four in three bytes: 2 of exponent, 3 of mantissa.
  case float6E2M3 = "F6_E2M3"
  /// 6 bits, four in three bytes: 3 of exponent, 2 of mantissa.
  case float6E3M2 = "F6_E3M2"
  /// An unsigned integer of 8 bits.
  case uint8 = "U8"
  /// A signed integer of 8 bits.
  case int8 = "I8"
  /// 8 bits: 5 of exponent, 2 of mantissa.
  case float8E5M2 = "F8_E5M2"
  /// 8 bits: 4 of exponent, 3 of mantissa.
  case float8E4M3 = "F8_E4M3"
  /// 8 bits, all of exponent: a power of two.
  case float8E8M0 = "F8_E8M0"
  /// 8 bits: 4 of exponent, 3 of mantissa, neither infinity nor negative zero.
  case float8E4M3FNUZ = "F8_E4M3FNUZ"
  /// 8 bits: 5 of exponent, 2 of mantissa, neither infinity nor negative zero.
  case float8E5M2FNUZ = "F8_E5M2FNUZ"
  /// A signed integer of 16 bits.
  case int16 = "I16"
  /// An unsigned integer of 16 bits.
  case uint16 = "U16"
  /// IEEE half precision: `Float16`.
  case float16 = "F16"
  /// The upper half of a `Float`.
  case bfloat16 = "BF16"
  /// A signed integer of 32 bits.
  case int32 = "I32"
  /// An unsigned integer of 32 bits.
  case uint32 = "U32"
  /// IEEE single precision: `Float`.
  case float32 = "F32"
  /// A real and an imaginary part in single precision.
  case complex64 = "C64"
  /// IEEE double precision: `Double`.
  case float64 = "F64"
  /// A signed integer of 64 bits.
  case int64 = "I64"
  /// An unsigned integer of 64 bits.
  case uint64 = "U64"

  /// The size of an element in bits.
  package var bitCount: Int {
    switch self {
    case .float4: 4
    case .float6E2M3, .float6E3M2: 6
    case .bool, .uint8, .int8, .float8E5M2, .float8E4M3, .float8E8M0,
      .float8E4M3FNUZ, .float8E5M2FNUZ:
      8
    case .int16, .uint16, .float16, .bfloat16: 16
    case .int32, .uint32, .float32: 32
    case .complex64, .float64, .int64, .uint64: 64
    }
  }
}

extension TensorElementType {
  /// The place among all types. The reference implementation puts tensors of
  /// types of higher rank first in a file.
  package var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

extension TensorElementType: CustomStringConvertible {
  /// The type's name in a file.
  public var description: String { rawValue }
}
