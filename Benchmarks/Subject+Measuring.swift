//===--- Subject+Measuring.swift - all times of one subject ---------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension Subject {
  /// Measures everything selected, and what the ratios need.
  func measured(
    _ selection: Selection, _ effort: Effort, _ progress: Progress
  ) throws -> [Result] {
    switch scalar {
    case .float: try measured(Float.self, selection, effort, progress)
    case .double: try measured(Double.self, selection, effort, progress)
    }
  }

  private func measured<Scalar: CeilingScalar>(
    _: Scalar.Type, _ selection: Selection, _ effort: Effort,
    _ progress: Progress
  ) throws -> [Result] {
    progress.show("Preparing \(self)", fraction: 0)
    func measurements<Name>(
      _ heats: [[Contestant<Name>]]
    ) throws -> [Measurement<Name>] {
      try Rounds(heats, effort).measurements { label, fraction in
        progress.show("\(self): \(label)", fraction: fraction)
      }
    }
    let results =
      switch scenario {
      case .flat, .tensors:
        engineResults(
          try measurements([engineHeat(Scalar.self, selection)]), selection)
      case .options:
        optionResults(
          try measurements(optionHeats(Scalar.self, selection)), selection)
      case .storage: try storageResults(selection, measurements)
      case .checkpoints:
        transferResults(
          try measurements(transferHeats(Scalar.self)))
      }
    progress.finish()
    return results
  }
}
