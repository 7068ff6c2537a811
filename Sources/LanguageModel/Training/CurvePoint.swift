//===--- CurvePoint.swift - a point of a curve of losses ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The measurements after a step.
package struct CurvePoint: Sendable, Hashable {
  package let step: Int
  /// The number of characters that the steps so far have used.
  package let tokens: Int
  /// The mean loss of the steps since the last point, in nats a character.
  package let trainingLoss: Double
  /// The mean loss of the validation text, in nats a character.
  package let validationLoss: Double
  /// The norm of the last gradient, before clipping.
  package let gradientNorm: Double

  package init(
    step: Int, tokens: Int, trainingLoss: Double, validationLoss: Double,
    gradientNorm: Double
  ) {
    self.step = step
    self.tokens = tokens
    self.trainingLoss = trainingLoss
    self.validationLoss = validationLoss
    self.gradientNorm = gradientNorm
  }
}

extension CurvePoint {
  var csv: String {
    "\(step),\(tokens),\(trainingLoss),\(validationLoss),\(gradientNorm)"
  }

  init?(csv line: Substring) {
    let fields = line.split(separator: ",")
    guard fields.count == 5, let step = Int(fields[0]),
      let tokens = Int(fields[1]), let trainingLoss = Double(fields[2]),
      let validationLoss = Double(fields[3]), let norm = Double(fields[4])
    else { return nil }
    self.init(
      step: step, tokens: tokens, trainingLoss: trainingLoss,
      validationLoss: validationLoss, gradientNorm: norm)
  }
}
