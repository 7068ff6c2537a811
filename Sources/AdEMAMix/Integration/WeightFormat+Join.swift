//===--- WeightFormat+Join.swift - both parts of stored weights -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

extension WeightFormat {
  /// Weights that are split, put together.
  ///
  /// - Parameters:
  ///   - weights: The upper parts.
  ///   - corrections: The corrections, as many times as many bytes as the form
  ///     has for one.
  /// - Returns: As many weights.
  package func join(_ weights: [BFloat16], _ corrections: [UInt8]) -> [Float] {
    let count = weights.count
    precondition(corrections.count == count * correctionByteCount)
    return unsafe Array(unsafeUninitializedCapacity: count) { joined, filled in
      unsafe weights.withUnsafeBufferPointer { weights in
        unsafe corrections.withUnsafeBytes { corrections in
          guard let target = joined.baseAddress,
            let upper = weights.baseAddress,
            let lower = corrections.baseAddress
          else { return }
          unsafe KernelTable<Float>(.widest).quantized.pointee.join(
            count, correctionByteCount, upper.cast(to: UInt16.self), lower,
            target)
        }
      }
      filled = count
    }
  }
}
