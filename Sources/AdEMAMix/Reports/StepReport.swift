//===--- StepReport.swift - what a step did -------------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What a call of the optimizer did.
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
  /// What clipping multiplied the gradient by: 1 where it was left as it was.
  /// The smallest factor of any tensor for clipping by block.
  public internal(set) var clipFactor = 1.0
  /// Elements that were NaN or infinite, and taken as 0.
  public internal(set) var zeroedElementCount = 0
  /// What the step measured, if it was asked to.
  public internal(set) var diagnostics: Diagnostics? {
    get { measured.first }
    set { measured = newValue.map { [$0] } ?? [] }
  }
  /// At most one element: it would make every report ten times as large, and
  /// reports are moved some ten times on their way to the caller.
  private var measured: [Diagnostics] = []

  init(outcome: Outcome, gradientNorm: Double? = nil) {
    self.outcome = outcome
    self.gradientNorm = gradientNorm
  }
}
