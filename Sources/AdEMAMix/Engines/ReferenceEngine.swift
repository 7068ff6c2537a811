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
  let c = run.coefficients
  let (beta1, beta1Rest) = (Scalar(c.fast.fold), Scalar(c.fast.gain))
  let (beta3, beta3Rest) = (Scalar(c.slow.fold), Scalar(c.slow.gain))
  let (beta2, beta2Rest) = (Scalar(c.second.fold), Scalar(c.second.gain))
  let fastWeight = Scalar(c.fastWeight)
  let slowWeight = Scalar(c.slowWeight)
  let secondWeight = Scalar(c.secondWeight)
  let epsilon = Scalar(c.epsilon)
  let epsilonRoot = Scalar(c.epsilonRoot)
  let decay = Scalar(c.decay)

  for i in 0..<run.count {
    let g = unsafe run.gradients[i]
    var fast = g
    if let moment = unsafe run.fast {
      fast = unsafe beta1 * moment[i] + beta1Rest * g
      unsafe moment[i] = fast
    }
    let slow = unsafe beta3 * run.slow[i] + beta3Rest * g
    let second = unsafe beta2 * run.second[i] + beta2Rest * (g * g)
    unsafe run.slow[i] = slow
    unsafe run.second[i] = second

    let numerator = fastWeight * fast + slowWeight * slow
    let root = (secondWeight * second + epsilonRoot).squareRoot()
    let parameter = unsafe run.parameters[i]
    unsafe run.parameters[i] =
      parameter - (numerator / (root + epsilon) + decay * parameter)
  }
}
