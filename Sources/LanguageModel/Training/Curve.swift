//===--- Curve.swift - losses against steps, and the file of them ---------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Foundation

/// What was measured after some step.
package struct CurvePoint: Sendable, Hashable {
  package let step: Int
  /// Characters trained on.
  package let tokens: Int
  /// The mean over the steps since the last point, in nats a character.
  package let trainingLoss: Double
  /// Over all of the validation text, in nats a character.
  package let validationLoss: Double
  /// Of the last gradient, before clipping.
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

/// The points of a run, in the order of steps.
package struct Curve: Sendable, Hashable {
  package var points: [CurvePoint] = []

  package init() {}

  static let columns =
    "step,tokens,training_loss,validation_loss,gradient_norm"

  /// As CSV. Numbers are written so that reading them gives the same bits.
  package var csv: String {
    ([Self.columns] + points.map(\.csv)).map { $0 + "\n" }.joined()
  }

  /// - Throws: ``RunError/damagedCurve(line:)`` for what ``csv`` does not write.
  package init(csv: String) throws(RunError) {
    let lines = csv.split(separator: "\n")
    guard lines.first == Self.columns[...] else { throw .damagedCurve(line: 1) }
    for (index, line) in lines.enumerated().dropFirst() {
      guard let point = CurvePoint(csv: line) else {
        throw .damagedCurve(line: index + 1)
      }
      points.append(point)
    }
  }
}

extension CurvePoint {
  var csv: String {
    "\(step),\(tokens),\(trainingLoss),\(validationLoss),\(gradientNorm)"
  }

  fileprivate init?(csv line: Substring) {
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
