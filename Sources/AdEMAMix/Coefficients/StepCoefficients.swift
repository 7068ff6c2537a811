//===--- StepCoefficients.swift - one step as a dozen numbers -------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Glibc

/// The scales of a group's three moments.
package struct MomentScales: Sendable, Hashable, Codable {
  package var fast = LazyScale()
  package var slow = LazyScale()
  package var second = LazyScale()
}

/// What is made of a direction: a change of the parameters, or itself.
enum StepPurpose {
  case step, update
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
///
/// Without a fast moment the gradient stands for m̃1: where beta1 is 0, and in
/// the simplified form, whose weights are η·α for the gradient and η·s2.
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
  /// η, for reports.
  var learningRate: Double
  /// The weights of m̃1 and m̃2 without η, for reports.
  var fastTermWeight: Double
  var slowTermWeight: Double

  /// The coefficients of a group's next step, which moves `scales` on. The first
  /// moments of the group have taken part in `steps`. With `folding` all scales
  /// become 1. The coefficients must be finite in `scalar`.
  init<Scalar: BinaryFloatingPoint>(
    _ group: borrowing ParameterGroup, _ clock: StepClock, after stepCount: Int,
    _ steps: MomentStepCounts, scales: inout MomentScales, folding: Bool,
    for purpose: StepPurpose, in scalar: Scalar.Type
  ) throws(AdEMAMixError) {
    let count = clock.count(after: stepCount)
    let values = try StepHyperparameters(
      group, at: count, slowCount: clock.count(after: steps.slow))
    let (beta1, beta2, beta3) = (values.beta1, values.beta2, values.beta3)
    learningRate = values.learningRate
    let rate = purpose == .update ? 1 : learningRate
    let alpha = values.alpha
    second = scales.second.decay(
      by: beta2, adding: 1 - beta2, folding: folding)
    secondWeight =
      scales.second.value / biasCorrection(beta2, steps.second + 1)
    switch group.hyperparameters.form {
    case .standard:
      fast = scales.fast.decay(by: beta1, adding: 1 - beta1, folding: folding)
      slow = scales.slow.decay(by: beta3, adding: 1 - beta3, folding: folding)
      fastTermWeight =
        scales.fast.value / biasCorrection(beta1, steps.fast + 1)
      slowTermWeight = alpha * scales.slow.value
      fastWeight = rate * fastTermWeight
      slowWeight = rate * alpha * scales.slow.value
    case .simplified:
      fast = LazyScale.Update(fold: 1, gain: 0)
      slow = scales.slow.decay(by: beta3, adding: 1, folding: folding)
      fastTermWeight = alpha
      slowTermWeight = scales.slow.value
      fastWeight = rate * alpha
      slowWeight = rate * scales.slow.value
    }
    epsilon = values.epsilon
    epsilonRoot = values.epsilonRoot
    decay = purpose == .update ? 0 : rate * values.weightDecay

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

extension StepCoefficients {
  /// The coefficients for gradients that are to be multiplied by
  /// `factors.folded`, and updates by the other factors.
  func scaled(by factors: SegmentFactors, hasFast: Bool) -> StepCoefficients {
    var scaled = self
    let g = factors.folded
    scaled.fast.gain *= g
    scaled.slow.gain *= g
    scaled.second.gain *= g * g
    let update = factors.update * factors.rate
    scaled.fastWeight *= hasFast ? update : update * g
    scaled.slowWeight *= update
    scaled.decay *= factors.rate
    return scaled
  }
}

/// 1 - βᵗ, the share of a moment's weights that gradients have filled.
///
/// `expm1` keeps the digits that 1 - pow(β, t) loses where βᵗ is near 1.
private func biasCorrection(_ beta: Double, _ t: Int) -> Double {
  -expm1(Double(t) * log(beta))
}
