//===--- AdEMAMix+Clearing.swift - a step that leaves gradients of 0 ------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// Makes a step on separate arrays, and sets the gradients to 0 in the same
  /// pass: in every tensor that has some, also where a group is frozen or the
  /// call skips its step. A call that throws leaves them.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  @discardableResult
  package mutating func step(
    _ parameters: inout [[Scalar]], clearing gradients: inout [[Scalar]],
    gradientScale: Double = 1, diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try execute(
      &parameters, StepCall(.step, gradientScale, diagnostics)
    ) {
      $0.gradients = exchange(&gradients, with: [])
      $0.clearsGradients = true
    } detach: {
      gradients = $0.gradients
    }
  }
}
