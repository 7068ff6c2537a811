//===--- MomentFormat+Layout.swift - the memory of a format ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

extension MomentFormat {
  /// Whether the largest magnitude of each block is stored too.
  var hasMaxima: Bool { ademamix_has_maxima(code(of: .slow)) }

  /// The bytes of an element, the same for all moments.
  func stride<Scalar>(of _: Scalar.Type) -> Int {
    self == .scalar
      ? MemoryLayout<Scalar>.stride : ademamix_element_bytes(code(of: .slow))
  }

  /// The number of the format in the kernels.
  func code(of moment: MomentName) -> Int32 {
    let isSecond = moment == .second
    return switch self {
    case .scalar: Int32(ADEMAMIX_FLOAT32)
    case .bfloat16: Int32(ADEMAMIX_BFLOAT16)
    // Second moments have the same 16-bit codes in both formats.
    case .blockFloat16:
      Int32(isSecond ? ADEMAMIX_UINT16 : ADEMAMIX_SIGNED_FLOAT16)
    case .blockFloat8:
      Int32(isSecond ? ADEMAMIX_UNSIGNED_FLOAT8 : ADEMAMIX_SIGNED_FLOAT8)
    case .blockInt16: Int32(isSecond ? ADEMAMIX_UINT16 : ADEMAMIX_INT16)
    case .blockInt8: Int32(isSecond ? ADEMAMIX_UINT8 : ADEMAMIX_INT8)
    }
  }
}
