//===--- ReferenceEngine.swift - the equations, element by element --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// The update of ``StepCoefficients`` as a plain loop.
///
/// The coefficients of this engine fold at every step, so the moments are
/// stored as they are.
func referenceStep<Scalar: OptimizerScalar>(_ run: StepOperands<Scalar>) {
  let equations = Equations<Scalar>(run.coefficients)
  for i in 0..<run.count {
    equations.average(run, i)
    if equations.skips(run, i) { continue }
    let direction = equations.restrained(equations.direction(run, i))
    let parameter = unsafe run.parameters[i]
    unsafe run.parameters[i] =
      parameter - (direction + equations.decay * parameter)
  }
}

/// The moments' part of the update.
func referenceUpdateMoments<Scalar: OptimizerScalar>(
  _ run: StepOperands<Scalar>
) {
  let equations = Equations<Scalar>(run.coefficients)
  for i in 0..<run.count { equations.average(run, i) }
}

/// The part of the update that the moments make.
func referenceDirection<Scalar: OptimizerScalar>(
  _ run: StepOperands<Scalar>, into directions: UnsafeMutablePointer<Scalar>
) {
  let equations = Equations<Scalar>(run.coefficients)
  for i in 0..<run.count {
    unsafe directions[i] = equations.direction(run, i)
  }
}

/// The equations of one element.
private struct Equations<Scalar: OptimizerScalar> {
  private let beta1, beta1Rest, beta3, beta3Rest, beta2, beta2Rest: Scalar
  private let fastWeight, slowWeight, secondWeight: Scalar
  private let epsilon, epsilonRoot, limit, bound: Scalar
  let decay: Scalar
  /// The scales of steps before, where elements without a gradient are skipped.
  private let scales: (fast: Scalar, slow: Scalar, second: Scalar)?

  init(_ coefficients: StepCoefficients) {
    let c = coefficients.kernel
    let restraint = coefficients.restraint
    (beta1Rest, beta3Rest) = (Scalar(c.fast_gain), Scalar(c.slow_gain))
    beta2Rest = Scalar(c.second_gain)
    let folds = (
      Scalar(c.fast_fold), Scalar(c.slow_fold), Scalar(c.second_fold)
    )
    if restraint.skips {
      beta1 = Scalar(restraint.beta1)
      beta3 = Scalar(restraint.beta3)
      beta2 = Scalar(restraint.beta2)
      scales = folds
    } else {
      (beta1, beta3, beta2) = folds
      scales = nil
    }
    bound = Scalar(restraint.bound)
    fastWeight = Scalar(c.fast_weight)
    slowWeight = Scalar(c.slow_weight)
    secondWeight = Scalar(c.second_weight)
    epsilon = Scalar(c.epsilon)
    epsilonRoot = Scalar(c.epsilon_root)
    limit = Scalar(c.limit)
    decay = Scalar(c.decay)
  }

  /// Infinities and NaN stay.
  @inline(__always)
  private func gradient(_ run: StepOperands<Scalar>, _ i: Int) -> Scalar {
    let g = unsafe run.gradients[i]
    let isBeyond = g.isFinite && abs(g) > limit
    return isBeyond ? (g < 0 ? -limit : limit) : g
  }

  /// Whether an element is left alone.
  @inline(__always)
  func skips(_ run: StepOperands<Scalar>, _ i: Int) -> Bool {
    unsafe scales != nil && run.gradients[i] == 0
  }

  @inline(__always)
  func average(_ run: StepOperands<Scalar>, _ i: Int) {
    if let scales {
      unsafe run.fast?[i] *= scales.fast
      unsafe run.slow[i] *= scales.slow
      unsafe run.second[i] *= scales.second
    }
    if skips(run, i) { return }
    let g = gradient(run, i)
    if let fast = unsafe run.fast {
      unsafe fast[i] = beta1 * fast[i] + beta1Rest * g
    }
    unsafe run.slow[i] = beta3 * run.slow[i] + beta3Rest * g
    unsafe run.second[i] = beta2 * run.second[i] + beta2Rest * (g * g)
  }

  @inline(__always)
  func direction(_ run: StepOperands<Scalar>, _ i: Int) -> Scalar {
    let fast = unsafe run.fast?[i] ?? gradient(run, i)
    let numerator = unsafe fastWeight * fast + slowWeight * run.slow[i]
    let root = unsafe (secondWeight * run.second[i] + epsilonRoot).squareRoot()
    return numerator / (root + epsilon)
  }

  /// A direction within the bound. NaN stays.
  @inline(__always)
  func restrained(_ direction: Scalar) -> Scalar {
    direction > bound ? bound : direction < -bound ? -bound : direction
  }
}
