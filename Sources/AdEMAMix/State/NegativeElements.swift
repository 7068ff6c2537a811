//===--- NegativeElements.swift - what no second moment has ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

extension OptimizerScalar {
  /// The index of the first element that is negative, as a NaN is not.
  package static func firstNegativeIndex(
    in elements: UnsafeBufferPointer<Self>
  ) -> Int? {
    guard let start = elements.baseAddress else { return nil }
    let table = KernelTable<Self>(.widest)
    let index = unsafe table.kernels.pointee.first_negative(
      elements.count, start)
    return index < elements.count ? index : nil
  }
}
