//===--- StepCoefficients+Factors.swift - coefficients times factors ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

extension StepCoefficients {
  /// The coefficients for gradients that are to be multiplied by
  /// `factors.folded`, and updates by the other factors.
  func scaled(by factors: SliceFactors, hasFast: Bool) -> StepCoefficients {
    var scaled = self
    let g = factors.folded
    scaled.kernel.fast_gain *= g
    scaled.kernel.slow_gain *= g
    scaled.kernel.second_gain *= g * g
    // The kernels square what stands in memory.
    scaled.kernel.limit /= max(g, 1)
    let update = factors.update * factors.rate
    scaled.kernel.fast_weight *= hasFast ? update : update * g
    scaled.kernel.slow_weight *= update
    scaled.kernel.decay *= factors.rate
    if restraint.bound < .infinity { scaled.restraint.bound *= update }
    return scaled
  }
}
