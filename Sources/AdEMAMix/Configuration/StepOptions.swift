//===--- StepOptions.swift - what a step does around the update -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// Options for gradients before, and for the update after the equations of
/// AdEMAMix. All are off by default.
///
///     optimizer.options.clipping = .globalNorm(1)
///     optimizer.options.nonFiniteGradients = .skipStep(limit: 10)
///     optimizer.options.accumulation = .mean(over: 4)
///     try optimizer.step(&parameters, gradients: gradients)
///
/// A gradient is scaled, accumulated, checked and clipped, in this order. The
/// options may change between two calls. They are checked in each, before
/// anything changes.
public struct StepOptions: Sendable, Hashable, Codable {
  /// The sum or mean of gradients that makes up a step. `nil` makes a step of
  /// each.
  public var accumulation: GradientAccumulation?

  /// The treatment of gradients with NaN or infinite elements.
  public var nonFiniteGradients = NonFinitePolicy.propagate

  /// How gradients are bounded.
  public var clipping: GradientClipping?

  /// Whether an element moves only where its gradient agrees in sign with its
  /// update m1/(1-β1ᵗ) + α·m2.
  ///
  /// The rest of a tensor's update is multiplied by the count of elements whose
  /// gradient is not 0 over the count of those that move, at most by 1000. The
  /// moments take in the whole gradient, and weight decay applies to all
  /// elements. (Liang et al., 2024, "Cautious Optimizers: Improving Training
  /// with One Line of Code", with the mask on the full update; the bound is
  /// that of the authors' code. They count all elements, so that of a tensor in
  /// which one in 1000 has a gradient, as in the embeddings of a batch, those
  /// move by 1000 times the learning rate.)
  ///
  /// The option takes a second pass over the moments.
  public var isCautious = false

  /// The largest root mean square of a tensor's g/√ν that leaves its learning
  /// rate as it is; where it is larger, the rate is divided by their quotient.
  /// Positive; StableAdamW has 1. `nil` never does.
  ///
  /// The mean is that of g²/max(ν/(1-β2ᵗ) + ε̄, ε²), ν being the second moment
  /// after the step; what is not finite counts as 0. The rate that is divided
  /// is also that of the weight decay. (Wortsman et al., 2023, "Stable and
  /// low-precision training for large-scale vision-language models", algorithm
  /// 2; Shazeer and Stern, 2018, "Adafactor", section 6.)
  ///
  /// The option takes a second pass over the moments.
  public var updateClipping: Double?

  /// Whether a step leaves tensors alone that have no gradient: an empty array,
  /// `nil`, or a member that the tree of gradients does not show by its name.
  /// Without this option such a tensor is an error, which a forgotten gradient
  /// would otherwise hide.
  ///
  /// A tensor that is left alone keeps its parameters and moments, and its own
  /// count of steps for bias corrections and for the schedules of alpha and
  /// beta3 stands still, as in PyTorch. The schedules of the learning rate and
  /// of weight decay go by ``AdEMAMix/stepCount``. With
  /// ``accumulation`` a micro-batch without the tensor's gradient adds 0, and
  /// the tensor is left alone if no micro-batch of the step has one.
  public var allowsMissingGradients = false

  /// The plain step.
  public init() {}
}
