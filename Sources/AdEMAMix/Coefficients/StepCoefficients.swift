//===--- StepCoefficients.swift - one step as a dozen numbers -------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Glibc

/// The scales of a group's three moments.
struct MomentScales {
  var fast = LazyScale()
  var slow = LazyScale()
  var second = LazyScale()
}

/// The scalars of one step of one group, in double precision.
///
/// With the stored moments written m̃, every engine computes, for each element
/// (Pagliardini et al., 2024, algorithm 1, with optax's ε̄):
///
///     m̃1 ← fastFold·m̃1 + fastGain·g
///     m̃2 ← slowFold·m̃2 + slowGain·g
///     ν̃  ← secondFold·ν̃ + secondGain·g²
///     θ  ← θ - ((fastWeight·m̃1 + slowWeight·m̃2)
///               / (√(secondWeight·ν̃ + ε̄) + ε) + decay·θ)
///
/// The scales of the moments, the bias corrections and the learning rate are
/// folded into the weights, so that they cost nothing per element.
struct StepCoefficients {
  var fast: LazyScale.Update
  var slow: LazyScale.Update
  var second: LazyScale.Update
  /// η·s1/(1-β1ᵗ)
  var fastWeight: Double
  /// η·α·s2: the slow moment has no bias correction.
  var slowWeight: Double
  /// sν/(1-β2ᵗ)
  var secondWeight: Double
  var epsilon: Double
  var epsilonRoot: Double
  /// η·λ
  var decay: Double

  /// The coefficients of step `t`, counted from 1, which moves `scales` on.
  /// Schedules see `count`. With `folding` all scales become 1. The
  /// coefficients must be finite in `scalar`.
  init<Scalar: BinaryFloatingPoint>(
    _ group: ParameterGroup, at count: Int, t: Int,
    scales: inout MomentScales, folding: Bool, for scalar: Scalar.Type
  ) throws(AdEMAMixError) {
    let hyperparameters = try StepHyperparameters(
      group.hyperparameters, group: group.name, at: count)
    let rate = hyperparameters.learningRate
    fast = scales.fast.decay(by: hyperparameters.beta1, folding: folding)
    slow = scales.slow.decay(by: hyperparameters.beta3, folding: folding)
    second = scales.second.decay(by: hyperparameters.beta2, folding: folding)
    fastWeight =
      rate * scales.fast.value / biasCorrection(hyperparameters.beta1, t)
    slowWeight = rate * hyperparameters.alpha * scales.slow.value
    secondWeight =
      scales.second.value / biasCorrection(hyperparameters.beta2, t)
    epsilon = hyperparameters.epsilon
    epsilonRoot = hyperparameters.epsilonRoot
    decay = rate * hyperparameters.weightDecay

    func isFinite(_ value: Double) -> Bool { Scalar(value).isFinite }
    guard
      isFinite(fastWeight), isFinite(slowWeight), isFinite(secondWeight),
      isFinite(epsilon), isFinite(epsilonRoot), isFinite(decay)
    else {
      throw .coefficientOverflow(group: group.name, scheduleCount: count)
    }
    // Or the divisor would be 0 where a parameter never saw a gradient.
    guard Scalar(epsilon) > 0 || Scalar(epsilonRoot) > 0 else {
      throw .noEpsilon(group: group.name)
    }
  }
}

/// 1 - βᵗ, the share of a moment's weights that gradients have filled.
///
/// `expm1` keeps the digits that 1 - pow(β, t) loses where βᵗ is near 1.
private func biasCorrection(_ beta: Double, _ t: Int) -> Double {
  -expm1(Double(t) * log(beta))
}
