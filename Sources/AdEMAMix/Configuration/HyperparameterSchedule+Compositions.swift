//===--- HyperparameterSchedule+Compositions.swift - schedules made of ---===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension HyperparameterSchedule {
  /// A straight line from one value to another. optax: `linear_schedule`.
  ///
  /// From 0, it is the paper's warm-up of alpha (Pagliardini et al., 2024,
  /// section 3).
  public static func linear(
    from start: Double, to end: Double, over steps: Int,
    startingAt first: Int = 0
  ) -> HyperparameterSchedule {
    .polynomial(from: start, to: end, power: 1, over: steps, startingAt: first)
  }

  /// A linear warm-up, then a cosine decay until `total` steps have passed.
  /// optax: `warmup_cosine_decay_schedule`.
  public static func warmupCosine(
    from start: Double = 0, peak: Double, warmup: Int, total: Int,
    to end: Double = 0, exponent: Double = 1
  ) -> HyperparameterSchedule {
    let rest = total.subtractingReportingOverflow(warmup)
    return .joined(
      schedules: [
        .linear(from: start, to: peak, over: warmup),
        .cosineDecay(
          from: peak, to: end, over: rest.overflow ? .min : rest.partialValue,
          exponent: exponent),
      ],
      boundaries: [warmup])
  }

  /// The fall of
  /// ``warmupStableDecay(from:peak:warmup:stable:decay:to:shape:)``.
  public enum DecayShape: String, Sendable, Hashable, Codable, CaseIterable {
    /// A straight line.
    case linear
    /// Steep first, then flat: 1 - √s, see
    /// ``HyperparameterSchedule/squareRootDecay(from:to:over:)``.
    case oneMinusSquareRoot
  }

  /// A linear warm-up, `stable` steps at the peak, and a decay ("WSD").
  public static func warmupStableDecay(
    from start: Double = 0, peak: Double, warmup: Int, stable: Int, decay: Int,
    to end: Double = 0, shape: DecayShape = .linear
  ) -> HyperparameterSchedule {
    let fall: HyperparameterSchedule =
      switch shape {
      case .linear: .linear(from: peak, to: end, over: decay)
      case .oneMinusSquareRoot:
        .squareRootDecay(from: peak, to: end, over: decay)
      }
    return .joined(
      schedules: [
        .linear(from: start, to: peak, over: warmup), .constant(peak), fall,
      ],
      boundaries: [
        warmup, counted(warmup.addingReportingOverflow(stable)),
      ])
  }
}

/// A sum of counts. A sum that overflows becomes a negative count, which the
/// optimizer that receives the schedule refuses.
private func counted(_ sum: (partialValue: Int, overflow: Bool)) -> Int {
  sum.overflow ? -1 : sum.partialValue
}
