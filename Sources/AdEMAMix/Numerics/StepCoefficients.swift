//===--- StepCoefficients.swift - one step as a dozen numbers -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels
import Glibc

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
///
/// A group that skips gradients of 0 has scales of 1 and folds of 1, except
/// after steps without skips, whose scales are folded.
struct StepCoefficients {
  /// The numbers of the equations, as the C kernels take them. `fast_weight` is
  /// η·s1/(1-β1ᵗ). `slow_weight` is η·α·s2: the slow moment has no bias
  /// correction. `second_weight` is sν/(1-β2ᵗ), and `decay` is η·λ. A finite
  /// gradient of a magnitude above `limit` counts as `limit` of its sign.
  var kernel: ademamix_coefficients
  /// The group's limit of the direction, times η, and its skips.
  var restraint: ademamix_restraint
  /// Whether there is a limit or a skip.
  let isRestrained: Bool
  /// η, for reports.
  let learningRate: Double
  /// The weights of m̃1 and m̃2 without η, for reports.
  let fastTermWeight: Double
  let slowTermWeight: Double

  /// The coefficients of a group's next step, which moves `scales` on. The
  /// moments of the group have taken part in so many `steps`. With `folding`
  /// all scales become 1.
  ///
  /// - Throws: ``AdEMAMixError`` for hyperparameters out of range, and for
  ///   coefficients that are not finite in `scalar`.
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
    if let limit = group.directionLimit, !(limit > 0) {
      throw .directionLimit(limit, group: group.name)
    }
    let skips = group.skipsZeroGradients
    isRestrained = group.isRestrained
    restraint = ademamix_restraint(
      bound: group.directionLimit.map { $0 < .infinity ? $0 * rate : $0 }
        ?? .infinity,
      beta1: beta1, beta2: beta2, beta3: beta3, skips: skips)
    func decay(
      _ scale: inout LazyScale, by beta: Double, adding weight: Double
    ) -> LazyScale.Update {
      skips
        ? scale.release(adding: weight)
        : scale.decay(by: beta, adding: weight, folding: folding)
    }
    let (fast, slow): (LazyScale.Update, LazyScale.Update)
    let (fastWeight, slowWeight): (Double, Double)
    let second = decay(&scales.second, by: beta2, adding: 1 - beta2)
    let secondWeight =
      scales.second.value / biasCorrection(beta2, steps.second + 1)
    switch group.hyperparameters.form {
    case .standard:
      fast = decay(&scales.fast, by: beta1, adding: 1 - beta1)
      slow = decay(&scales.slow, by: beta3, adding: 1 - beta3)
      fastTermWeight =
        scales.fast.value / biasCorrection(beta1, steps.fast + 1)
      slowTermWeight = alpha * scales.slow.value
      fastWeight = rate * fastTermWeight
      slowWeight = rate * alpha * scales.slow.value
    case .simplified:
      fast = LazyScale.Update(fold: 1, gain: 0)
      slow = decay(&scales.slow, by: beta3, adding: 1)
      fastTermWeight = alpha
      slowTermWeight = scales.slow.value
      fastWeight = rate * alpha
      slowWeight = rate * scales.slow.value
    }
    kernel = ademamix_coefficients(
      fast_fold: fast.fold, slow_fold: slow.fold, second_fold: second.fold,
      fast_gain: fast.gain, slow_gain: slow.gain, second_gain: second.gain,
      fast_weight: fastWeight, slow_weight: slowWeight,
      second_weight: secondWeight, epsilon: values.epsilon,
      epsilon_root: values.epsilonRoot,
      decay: purpose == .update ? 0 : rate * values.weightDecay,
      limit: gradientLimit(in: scalar))

    func isFinite(_ value: Double) -> Bool { Scalar(value).isFinite }
    guard
      isFinite(fastWeight), isFinite(slowWeight), isFinite(secondWeight),
      isFinite(kernel.epsilon), isFinite(kernel.epsilon_root),
      isFinite(kernel.decay)
    else {
      throw .coefficientOverflow(group: group.name, scheduleCount: count)
    }
    // Or the divisor would be 0 where a parameter never saw a gradient.
    guard Scalar(kernel.epsilon) > 0 || Scalar(kernel.epsilon_root) > 0 else {
      throw .noEpsilon(group: group.name)
    }
  }
}

extension StepCoefficients {
  /// The updates of the three moments.
  var fast: LazyScale.Update {
    LazyScale.Update(fold: kernel.fast_fold, gain: kernel.fast_gain)
  }
  var slow: LazyScale.Update {
    LazyScale.Update(fold: kernel.slow_fold, gain: kernel.slow_gain)
  }
  var second: LazyScale.Update {
    LazyScale.Update(fold: kernel.second_fold, gain: kernel.second_gain)
  }
}

/// 1 - βᵗ, the share of a moment's weights that gradients have filled.
///
/// `expm1` keeps the digits that 1 - pow(β, t) loses where βᵗ is near 1.
private func biasCorrection(_ beta: Double, _ t: Int) -> Double {
  -expm1(Double(t) * log(beta))
}
