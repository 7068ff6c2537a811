//===--- Hyperparameters+Stability.swift - how large steps may be ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

public import AdEMAMix

extension Hyperparameters {
  /// The largest stable product of learning rate and preconditioned curvature.
  ///
  ///     let limit = try hyperparameters.stabilityLimit(at: 10_000)
  ///     let largestRate = limit / sharpness
  ///
  /// The preconditioner is √ν̂ + ε, and h is the curvature over the
  /// preconditioner. Along an eigenvector of the preconditioned Hessian with
  /// eigenvalue h, the gradient is h·θ in units of the preconditioner. Let u1
  /// and u2 be the fast and the slow moment, times the learning rate η, over
  /// the preconditioner. While the preconditioner and the hyperparameters
  /// change slowly, a step is linear in (θ, u1, u2), and depends on the product
  /// p = η·h alone:
  ///
  ///     u1 ← β1·u1 + (1-β1)·p·θ
  ///     u2 ← β3·u2 + (1-β3)·p·θ
  ///     θ  ← θ - u1 - α·u2              with the new u1 and u2
  ///
  ///                 ┌                                        ┐
  ///     θ           │ 1 - p·(1-β1) - α·p·(1-β3)  -β1  -α·β3  │   θ
  ///     u1    ←     │        p·(1-β1)             β1     0   │   u1
  ///     u2          │        p·(1-β3)              0    β3   │   u2
  ///                 └                                        ┘
  ///
  /// The steps are stable if no eigenvalue of the matrix (found by LAPACK's
  /// `dgeev`) is larger than 1 in magnitude. The stable products are an
  /// interval that begins at 0, since the conditions of Jury's criterion are
  /// linear in p. At the end of the interval, found by bisection, an eigenvalue
  /// passes -1:
  ///
  ///     p = 2 / ((1-β1)/(1+β1) + α·(1-β3)/(1+β3))
  ///
  /// For Adam with β1 = .9 the limit is 38, as in Cohen et al., 2022, "Adaptive
  /// Gradient Methods at the Edge of Stability". For the simplified form, whose
  /// matrix has two rows, p = 2 / (1/(1+β1) + α).
  ///
  /// The limit does not take account of weight decay, nor of bias correction,
  /// which enlarges the first steps. It does not depend on the learning rate
  /// and the epsilons of the hyperparameters.
  ///
  /// - Parameter count: The count shown to the schedules of alpha and beta3;
  ///   see ``StepClock``.
  /// - Returns: The limit, to about 12 digits. It has no unit.
  /// - Throws: ``StabilityError`` for hyperparameters out of range, or if
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

  /// The largest magnitude of an eigenvalue of the matrix in
  /// ``stabilityLimit(at:)``. The error is multiplied by it in each step, once
  /// the parts of the error that shrink faster are gone.
  ///
  /// Below 1, the error shrinks to 1/e in -1/log(radius) steps. Above 1, it
  /// grows.
  ///
  /// - Parameters:
  ///   - product: The learning rate times the preconditioned curvature, at
  ///     least 0.
  ///   - count: The count shown to the schedules of alpha and beta3.
  /// - Returns: The spectral radius.
  /// - Throws: ``StabilityError`` for hyperparameters or a product out of
  ///   range, or if LAPACK fails.
  public func spectralRadius(
    product: Double, at count: Int
  ) throws(StabilityError) -> Double {
    guard product.isFinite, product >= 0 else { throw .product(product) }
    return try UpdateRecurrence(self, at: count).spectralRadius(product)
  }
}
