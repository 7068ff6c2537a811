//===--- StateElementType+Finite.swift - checks of stored elements --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

extension StateElementType {
  /// Whether stored elements stand for finite numbers alone.
  package func areFinite<Scalar: OptimizerScalar>(
    _ bytes: UnsafeRawBufferPointer, _: Scalar.Type,
    _ instructionSet: InstructionSet = .widest
  ) -> Bool {
    let table = KernelTable<Scalar>(instructionSet)
    guard let start = bytes.baseAddress else { return true }
    return switch self {
    case .scalar:
      unsafe table.kernels.pointee.are_finite(
        bytes.count / MemoryLayout<Scalar>.stride, start)
    case .float32:
      unsafe table.quantized.pointee.maxima_are_finite(bytes.count / 4, start)
    case .bfloat16:
      unsafe table.quantized.pointee.bfloat16_are_finite(
        bytes.count / 2, start)
    // The block's largest magnitude says whether an integer stands for NaN.
    case .int16, .int8, .uint16, .uint8: true
    }
  }
}
