//===--- Hyperparameters+Simplified.swift - other members of the family ---===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension Hyperparameters {
  /// Whether the optimizer keeps a fast moment; otherwise the gradient stands
  /// in its place.
  var hasFastMoment: Bool { form == .standard && beta1 != 0 }

  /// Simplified AdEMAMix: one average beside the gradient itself, two moments
  /// in place of three.
  ///
  ///     m ← β1·m + g
  ///     ν ← β2·ν + (1-β2)·g²
  ///     θ ← θ - η·((m + α·g) / (√(ν/(1-β2ᵗ) + ε̄) + ε) + λ·θ)
  ///
  /// m is the ``GroupMoments/slow`` moment, and `beta1` becomes ``beta3``, so
  /// it may be a schedule: the authors' warm-up is `.halfLife(from: 0.9, to:
  /// beta1, over: steps)`. m grows to 1/(1-β1) times the gradient, so learning
  /// rates are smaller: the authors suggest AdamW's times √((1-0.9)·(1-β1)).
  ///
  /// Defaults and semantics are those of `optax.contrib.simplified_ademamix`.
  /// (Morwani et al., 2025, "Connections between Schedule-Free Optimizers,
  /// AdEMAMix, and Accelerated SGD Variants", section 5.)
  public static func simplified(
    learningRate: HyperparameterSchedule,
    beta1: HyperparameterSchedule = 0.99,
    beta2: Double = 0.95,
    alpha: HyperparameterSchedule = 0,
    epsilon: Double = 1e-8,
    epsilonRoot: Double = 0,
    weightDecay: HyperparameterSchedule = 0
  ) -> Hyperparameters {
    var hyperparameters = Hyperparameters(
      learningRate: learningRate, beta1: 0, beta2: beta2, beta3: beta1,
      alpha: alpha, epsilon: epsilon, epsilonRoot: epsilonRoot,
      weightDecay: weightDecay)
    hyperparameters.form = .simplified
    return hyperparameters
  }

  /// Hyperparameters for an optimizer that only writes updates, with the
  /// defaults of `optax.contrib.scale_by_ademamix`: alpha is 6.
  ///
  /// The learning rate is 1 and the weight decay 0; `AdEMAMix.writeUpdate` uses
  /// neither.
  public static func updateAlone(
    beta1: Double = 0.9,
    beta2: Double = 0.999,
    beta3: HyperparameterSchedule = 0.9999,
    alpha: HyperparameterSchedule = 6,
    epsilon: Double = 1e-8,
    epsilonRoot: Double = 0
  ) -> Hyperparameters {
    Hyperparameters(
      learningRate: 1, beta1: beta1, beta2: beta2, beta3: beta3, alpha: alpha,
      epsilon: epsilon, epsilonRoot: epsilonRoot)
  }
}
