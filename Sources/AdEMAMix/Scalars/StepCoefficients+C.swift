//===--- StepCoefficients+C.swift - coefficients for the C kernels --------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

extension ademamix_coefficients {
  init(_ c: StepCoefficients) {
    self.init(
      fast_fold: c.fast.fold, slow_fold: c.slow.fold,
      second_fold: c.second.fold, fast_gain: c.fast.gain,
      slow_gain: c.slow.gain, second_gain: c.second.gain,
      fast_weight: c.fastWeight, slow_weight: c.slowWeight,
      second_weight: c.secondWeight, epsilon: c.epsilon,
      epsilon_root: c.epsilonRoot, decay: c.decay)
  }
}

extension ademamix_treatment {
  init(_ treatment: GradientTreatment, factor: Double) {
    self.init(
      scale: treatment.scale, mean: treatment.mean, factor: factor,
      limit: treatment.limit, zeroes: treatment.zeroes, alone: treatment.alone)
  }
}
