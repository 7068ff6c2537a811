//===--- StepReport.swift - what a step did -------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The report of a call of the optimizer: its outcome and its measurements. A
/// NaN in a report equals itself.
public struct StepReport: Sendable, Hashable {
  /// Whether a step was made.
  public enum Outcome: Sendable, Hashable {
    /// The step was made.
    case completed
    /// The gradient was added to those that make up the next step.
    case accumulated(count: Int, of: Int)
    /// The gradient had NaN or infinite elements: nothing was done.
    case skipped
  }

  /// Whether a step was made.
  public internal(set) var outcome: Outcome
  /// The Euclidean norm of the gradient, scaled and accumulated but not
  /// clipped, over all groups that are not frozen. `nil` where the options ask
  /// for nothing that needs it, or for diagnostics alone.
  public internal(set) var gradientNorm: Double?
  /// The factor of the gradient by clipping: 1 without, and the smallest factor
  /// of any tensor for clipping by block.
  public internal(set) var clipFactor = 1.0
  /// Elements that were NaN or infinite, and taken as 0.
  public internal(set) var zeroedElementCount = 0
  /// The measurements of the step, if it was asked to measure.
  public internal(set) var diagnostics: StepDiagnostics? {
    get { measured.first }
    set { measured = newValue.map { [$0] } ?? [] }
  }
  /// At most one element: it would make every report ten times as large, and
  /// reports are moved some ten times on their way to the caller.
  private var measured: [StepDiagnostics] = []

  init(outcome: Outcome, gradientNorm: Double? = nil) {
    self.outcome = outcome
    self.gradientNorm = gradientNorm
  }
}

extension StepReport: CustomStringConvertible {
  /// One line, such as `completed, gradient norm 2.5, clip factor 0.4, 0
  /// elements zeroed`, and the table of the diagnostics below it, if there are
  /// any.
  public var description: String {
    let norm = gradientNorm.map { ", gradient norm \($0)" } ?? ""
    let table = diagnostics.map { "\n\($0)" } ?? ""
    return "\(outcome)\(norm), clip factor \(clipFactor), "
      + "\(zeroedElementCount) elements zeroed\(table)"
  }
}

extension StepReport.Outcome: CustomStringConvertible {
  /// A few words, such as `accumulated 3 of 4`.
  public var description: String {
    switch self {
    case .completed: "completed"
    case .accumulated(let count, let total): "accumulated \(count) of \(total)"
    case .skipped: "skipped"
    }
  }
}

extension StepReport {
  /// Whether all is equal, NaN being equal to itself.
  public static func == (left: Self, right: Self) -> Bool {
    left.outcome == right.outcome
      && left.gradientNorm.map(Figure.init)
        == right.gradientNorm.map(Figure.init)
      && Figure(left.clipFactor) == Figure(right.clipFactor)
      && left.zeroedElementCount == right.zeroedElementCount
      && left.measured == right.measured
  }

  /// Hashes what `==` compares.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(outcome)
    hasher.combine(gradientNorm.map(Figure.init))
    hasher.combine(Figure(clipFactor))
    hasher.combine(zeroedElementCount)
    hasher.combine(measured)
  }
}
