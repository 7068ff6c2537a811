//===--- Hyperparameters+Stability.swift - how large steps may be ---------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import AdEMAMix

extension Hyperparameters {
  /// The largest stable product of learning rate and preconditioned curvature.
  ///
  ///     let limit = try hyperparameters.stabilityLimit(at: 10_000)
  ///     let largestRate = limit / sharpness
  ///
  /// Along an eigenvector of the preconditioned Hessian, with eigenvalue h (the
  /// curvature over √ν̂ + ε), the gradient is h·θ in units of the preconditioner.
  /// Where the preconditioner and the hyperparameters change slowly, a step is
  /// linear in (θ, u1, u2), u being the learning rate η times a moment over the
  /// preconditioner, and depends on the product p = η·h alone:
  ///
  ///     u1 ← β1·u1 + (1-β1)·p·θ
  ///     u2 ← β3·u2 + (1-β3)·p·θ
  ///     θ  ← θ - u1 - α·u2              with the new u1 and u2
  ///
  ///                     ┌                                          ┐
  ///     (θ, u1, u2)  ←  │ 1 - p·(1-β1) - α·p·(1-β3)   -β1   -α·β3  │ (θ, u1, u2)
  ///                     │        p·(1-β1)              β1      0   │
  ///                     │        p·(1-β3)               0     β3   │
  ///                     └                                          ┘
  ///
  /// It is stable where no eigenvalue (LAPACK's `dgeev`) is larger than 1 in
  /// magnitude. Stable products are an interval from 0 on: by Jury's criterion,
  /// whose conditions are linear in p. Its end, found by bisection, is where an
  /// eigenvalue passes -1:
  ///
  ///     p = 2 / ((1-β1)/(1+β1) + α·(1-β3)/(1+β3))
  ///
  /// That is 38 for Adam with β1 = .9, as in Cohen et al., 2022, "Adaptive
  /// Gradient Methods at the Edge of Stability". For the simplified form, whose
  /// matrix has two rows, p = 2 / (1/(1+β1) + α).
  ///
  /// Bias correction, which enlarges the first steps, and weight decay are not
  /// counted. The learning rate and epsilons of the hyperparameters do not
  /// matter.
  ///
  /// - Parameter count: What the schedules of alpha and beta3 see; see
  ///   ``StepClock``.
  /// - Returns: The limit, to about 12 digits. It has no unit.
  /// - Throws: ``StabilityError`` for hyperparameters out of range, and where
  ///   LAPACK fails.
  /// - Complexity: Some 60 times the eigenvalues of a 3 by 3 matrix: 0.2 ms.
  public func stabilityLimit(
    at count: Int
  ) throws(StabilityError) -> Double {
    let recurrence = try UpdateRecurrence(self, at: count)
    var stable = 1.0
    while try recurrence.isUnstable(stable) { stable /= 2 }
    var unstable = 2 * stable
    while try !recurrence.isUnstable(unstable) {
      (stable, unstable) = (unstable, 2 * unstable)
    }
    while unstable - stable > 1e-14 * stable {
      let middle = stable + (unstable - stable) / 2
      if try recurrence.isUnstable(middle) {
        unstable = middle
      } else {
        stable = middle
      }
    }
    return stable
  }

  /// What the error is multiplied by, step after step, once its fastest parts are
  /// gone: the largest magnitude of an eigenvalue of the recurrence that
  /// ``stabilityLimit(at:)`` describes.
  ///
  /// Below 1 the error shrinks, to 1/e in -1/log(radius) steps; above it grows.
  ///
  /// - Parameters:
  ///   - product: Learning rate times preconditioned curvature, at least 0.
  ///   - count: What the schedules of alpha and beta3 see.
  /// - Returns: The spectral radius.
  /// - Throws: ``StabilityError`` as the limit does, and for a product out of
  ///   range.
  public func spectralRadius(
    product: Double, at count: Int
  ) throws(StabilityError) -> Double {
    guard product.isFinite, product >= 0 else { throw .product(product) }
    return try UpdateRecurrence(self, at: count).spectralRadius(product)
  }
}
