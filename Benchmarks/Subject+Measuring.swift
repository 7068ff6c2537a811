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
    let rounds = try Rounds(heats(Scalar.self, selection), effort)
    let measurements = try rounds.measurements { label, fraction in
      progress.show("\(self): \(label)", fraction: fraction)
    }
    progress.finish()
    return switch scenario {
    case .flat, .tensors: engineResults(measurements, selection)
    case .options: optionResults(measurements, selection)
    }
  }

  private func heats<Scalar: CeilingScalar>(
    _: Scalar.Type, _ selection: Selection
  ) throws -> [[Contestant]] {
    switch scenario {
    case .flat, .tensors: [try engineHeat(Scalar.self, selection)]
    case .options: try optionHeats(Scalar.self, selection)
    }
  }
}
