//===--- StepDiagnostics.swift - what a step measured --------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The measurements of a step, for each group and over all.
///
///     let report = try optimizer.step(
///       &parameters, gradients: gradients, diagnostics: true)
///     if let diagnostics = report.diagnostics {
///       print(diagnostics)
///     }
///
/// A NaN in diagnostics equals itself.
public struct StepDiagnostics: Sendable, Hashable {
  /// The measurements on a set of elements. Root mean squares are 0 where
  /// there are no elements, and NaN where an element is not finite.
  ///
  /// In `Float` the measurements are right to 1e-6; elements below 1e-19 may
  /// count as 0. Measurements are finite for finite gradients, except where the
  /// slow moment of the simplified form exceeds 4e17.
  public struct Measurement: Sendable, Hashable {
    /// The number of elements.
    public internal(set) var count = 0
    /// The gradient as the moments took it in: scaled, clipped, accumulated.
    public internal(set) var gradientRMS = 0.0
    /// m1, or the gradient where beta1 is 0.
    public internal(set) var fastRMS = 0.0
    /// m2.
    public internal(set) var slowRMS = 0.0
    /// ν itself, not its root.
    public internal(set) var secondRMS = 0.0
    /// The change of the parameters by the moments: learning rate included,
    /// weight decay not. Limits and skips of the group count.
    public internal(set) var updateRMS = 0.0
    /// α·|m2| over |m1/(1-β1ᵗ)|: how much of the update is old. Infinite or NaN
    /// where the fast term is 0.
    public internal(set) var slowToFastRatio = 0.0
    /// The cosine of the angle between m1 and m2. NaN where one of them is 0.
    public internal(set) var fastSlowCosine = 0.0
    /// |m1/(1-β1ᵗ) + α·m2| over |m1/(1-β1ᵗ)|: how much larger the step is than
    /// AdamW's would be with the same fast and second moment.
    public internal(set) var effectiveLearningRateFactor = 0.0
    /// The number of elements whose direction was beyond
    /// ``ParameterGroup/directionLimit``. 0 where the learning rate is 0.
    public internal(set) var limitedCount = 0
  }

  /// A group, and what was measured on it.
  public struct Group: Sendable, Hashable {
    /// The group's name.
    public internal(set) var name: String
    /// The learning rate of the step, the group's factor included.
    public internal(set) var learningRate: Double
    /// The measurements on the group's elements.
    public internal(set) var measurement: Measurement
  }

  /// The number of steps completed, this one included.
  public internal(set) var stepCount: Int
  /// The groups that took part, in the order of the layout.
  public internal(set) var groups: [Group]
  /// All of them as one.
  public internal(set) var total: Measurement
  /// The clipping factor of the gradient; see ``StepReport/clipFactor``.
  public internal(set) var clipFactor: Double
  /// All calls so far that were skipped for a gradient that was not finite.
  public internal(set) var skippedStepCount: Int
}

// MARK: - Comparisons

extension StepDiagnostics {
  /// Whether all is equal, NaN being equal to itself.
  public static func == (left: Self, right: Self) -> Bool {
    left.stepCount == right.stepCount && left.groups == right.groups
      && left.total == right.total
      && Figure(left.clipFactor) == Figure(right.clipFactor)
      && left.skippedStepCount == right.skippedStepCount
  }

  /// Hashes what `==` compares.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(stepCount)
    hasher.combine(groups)
    hasher.combine(total)
    hasher.combine(Figure(clipFactor))
    hasher.combine(skippedStepCount)
  }
}

extension StepDiagnostics.Group {
  /// Whether all is equal, NaN being equal to itself.
  public static func == (left: Self, right: Self) -> Bool {
    left.name == right.name
      && Figure(left.learningRate) == Figure(right.learningRate)
      && left.measurement == right.measurement
  }

  /// Hashes what `==` compares.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(Figure(learningRate))
    hasher.combine(measurement)
  }
}

extension StepDiagnostics.Measurement {
  private var figures: [Figure] {
    [
      gradientRMS, fastRMS, slowRMS, secondRMS, updateRMS, slowToFastRatio,
      fastSlowCosine, effectiveLearningRateFactor,
    ].map { Figure($0) }
  }

  /// Whether all is equal, NaN being equal to itself.
  public static func == (left: Self, right: Self) -> Bool {
    left.count == right.count && left.limitedCount == right.limitedCount
      && left.figures == right.figures
  }

  /// Hashes what `==` compares.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    hasher.combine(limitedCount)
    hasher.combine(figures)
  }
}
