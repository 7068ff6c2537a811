//===--- ReferenceEngine.swift - the equations, element by element --------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The update of ``StepCoefficients`` as a plain loop.
///
/// The coefficients of this engine fold at every step, so the moments are
/// stored as they are.
func referenceUpdate<Scalar: OptimizerScalar>(_ run: Run<Scalar>) {
  let equations = Equations<Scalar>(run.coefficients)
  for i in 0..<run.count {
    equations.average(run, i)
    let direction = equations.direction(run, i)
    let parameter = unsafe run.parameters[i]
    unsafe run.parameters[i] =
      parameter - (direction + equations.decay * parameter)
  }
}

/// The moments' part of the update.
func referenceAverage<Scalar: OptimizerScalar>(_ run: Run<Scalar>) {
  let equations = Equations<Scalar>(run.coefficients)
  for i in 0..<run.count { equations.average(run, i) }
}

/// The part of the update that the moments make.
func referenceDirection<Scalar: OptimizerScalar>(
  _ run: Run<Scalar>, into directions: UnsafeMutablePointer<Scalar>
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
  private let epsilon, epsilonRoot: Scalar
  let decay: Scalar

  init(_ c: StepCoefficients) {
    (beta1, beta1Rest) = (Scalar(c.fast.fold), Scalar(c.fast.gain))
    (beta3, beta3Rest) = (Scalar(c.slow.fold), Scalar(c.slow.gain))
    (beta2, beta2Rest) = (Scalar(c.second.fold), Scalar(c.second.gain))
    fastWeight = Scalar(c.fastWeight)
    slowWeight = Scalar(c.slowWeight)
    secondWeight = Scalar(c.secondWeight)
    epsilon = Scalar(c.epsilon)
    epsilonRoot = Scalar(c.epsilonRoot)
    decay = Scalar(c.decay)
  }

  @inline(__always)
  func average(_ run: Run<Scalar>, _ i: Int) {
    let g = unsafe run.gradients[i]
    if let fast = unsafe run.fast {
      unsafe fast[i] = beta1 * fast[i] + beta1Rest * g
    }
    unsafe run.slow[i] = beta3 * run.slow[i] + beta3Rest * g
    unsafe run.second[i] = beta2 * run.second[i] + beta2Rest * (g * g)
  }

  @inline(__always)
  func direction(_ run: Run<Scalar>, _ i: Int) -> Scalar {
    let fast = unsafe run.fastOrGradients[i]
    let numerator = unsafe fastWeight * fast + slowWeight * run.slow[i]
    let root = unsafe (secondWeight * run.second[i] + epsilonRoot).squareRoot()
    return numerator / (root + epsilon)
  }
}
