//===--- RunEnd.swift - the end of a run, for comparison ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Numerals

/// The last losses of a run, and its speed.
struct RunEnd {
  private let trainingLoss: Double
  private let validationLoss: Double
  private let stepsPerSecond: Double
  /// The steps that have been made.
  let step: Int
  /// Whether the run was asked to end before its last step.
  let isEarly: Bool

  init<Worker: ~Copyable>(_ run: borrowing TrainingRun<Worker>) {
    trainingLoss = run.curve.points.last?.trainingLoss ?? .nan
    validationLoss = run.curve.points.last?.validationLoss ?? .nan
    step = run.stepCount
    isEarly = run.hasEndedEarly
    stepsPerSecond =
      run.speed.tokensPerSecond / Double(run.settings.tokensPerStep)
  }

  var description: String {
    "training loss \(trainingLoss.text(decimals: 6)), validation loss "
      + "\(validationLoss.text(decimals: 6)) nats, "
      + "\(stepsPerSecond.text(decimals: 1)) steps/s"
  }

  /// The absolute differences of the losses, as text.
  func difference(from other: RunEnd) -> String {
    let training = abs(trainingLoss - other.trainingLoss)
    let validation = abs(validationLoss - other.validationLoss)
    return "training loss \(training.text(significant: 2)), validation loss "
      + "\(validation.text(significant: 2)) nats"
  }
}

extension TrainingRun where Worker: ~Copyable {
  /// Trains to the last step, and prints a line for each evaluation. A line
  /// that is rewritten needs a terminal, which programs that mpirun starts do
  /// not have.
  mutating func follow(_ name: String, isShown: Bool) throws {
    let interval = settings.evaluationInterval
    while stepCount < settings.steps, !hasEndedEarly {
      try train(upTo: (stepCount / interval + 1) * interval)
      guard isShown, !hasEndedEarly else { continue }
      print(
        "\(name), step \(grouped(stepCount)) of \(grouped(settings.steps)): "
          + RunEnd(self).description)
    }
  }
}
