//===--- KernelInput.swift - memory and numbers that kernels get ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import CAdEMAMixKernels
import TestSupport

enum KernelInput {
  /// The elements that a kernel works on: three tiles of `Float`, and most of a
  /// fourth.
  static let count = 1000

  /// A usual step with a learning rate of 0.001. It folds no moment.
  static let coefficients = ademamix_coefficients(
    fast_fold: 1, slow_fold: 1, second_fold: 1, fast_gain: 0.1,
    slow_gain: 0.0001, second_gain: 0.001, fast_weight: 0.001,
    slow_weight: 0.005, second_weight: 1, epsilon: 1e-8, epsilon_root: 0,
    decay: 1e-5, limit: 0x1p58)

  /// Numbers between -1 and 1, in memory that lasts as long as the process.
  static func elements<Scalar: BinaryFloatingPoint>(
    _ seed: Int, positive: Bool = false
  ) -> UnsafeMutablePointer<Scalar> {
    let numbers: [Scalar] = sample(count, seed)
    let elements = UnsafeMutablePointer<Scalar>.allocate(capacity: count)
    for (index, number) in numbers.enumerated() {
      unsafe (elements + index).initialize(
        to: positive ? number * number : number)
    }
    return unsafe elements
  }
}
