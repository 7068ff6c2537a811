//===--- HyperparameterSchedule.swift - a hyperparameter as a function of ===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A hyperparameter that may change from step to step: a pure function of the
/// number of steps already completed.
///
/// A number is a schedule that never changes:
///
///     var hyperparameters = Hyperparameters(learningRate: 1e-3)
///     hyperparameters.alpha = .linear(from: 0, to: 8, over: 10_000)
///
/// Counts (`over`, `startingAt`, boundaries) are steps. A schedule that has
/// reached its end keeps its last value. A duration of 0 steps is at its end
/// from the start. Values are computed in `Double`.
///
/// A schedule of another kind is a ``table(_:)`` of values, or a function of
/// the count:
///
///     hyperparameters.learningRate = .function("inverse square root") {
///       1e-3 / Double($0 + 1).squareRoot()
///     }
///
/// Schedules that optax has give its values, with one exception: given 0 steps,
/// optax's polynomial and exponential schedules stay at their initial value.
public indirect enum HyperparameterSchedule: Sendable, Hashable, Codable {
  /// The same value at every step.
  case constant(_ value: Double)

  /// `to + (from - to)·(1 - s)^power`, where `s` runs from 0 to 1 in `over`
  /// steps after `startingAt`. optax: `polynomial_schedule`.
  ///
  /// `power` is positive; 1 gives a straight line, see
  /// ``linear(from:to:over:startingAt:)``.
  case polynomial(
    from: Double, to: Double, power: Double, over: Int, startingAt: Int = 0)

  /// `to + (from - to)·(½(1 + cos πs))^exponent`, where `s` runs from 0 to 1 in
  /// `over` steps. optax: `cosine_decay_schedule`, with `to = alpha·from`.
  case cosineDecay(
    from: Double, to: Double = 0, over: Int, exponent: Double = 1)

  /// `from·rate^(n/over)`, where `n` counts the steps after `startingAt`.
  /// optax: `exponential_decay`.
  ///
  /// A staircase rounds `n/over` down to a whole number. The value stops at
  /// `limit`, a lower bound where `rate < 1` and an upper bound otherwise.
  case exponentialDecay(
    from: Double, rate: Double, over: Int, startingAt: Int = 0,
    isStaircase: Bool = false, limit: Double? = nil)

  /// `to + (from - to)·(1 - √s)`, where `s` runs from 0 to 1 in `over` steps:
  /// the "1-sqrt" cooldown (Hägele et al., 2024, "Scaling Laws and
  /// Compute-Optimal Training Beyond Fixed Training Durations").
  case squareRootDecay(from: Double, to: Double = 0, over: Int)

  /// A decay rate whose half-life grows linearly from that of `from` to that
  /// of `to` in `over` steps: the warm-up of beta3 (Pagliardini et al., 2024,
  /// appendix A.1).
  ///
  /// Both rates lie in `0 ..< 1`. A rate of 0 has a half-life of 0 steps, so
  /// that the warm-up may start from a beta1 of 0.
  case halfLife(from: Double, to: Double, over: Int)

  /// `from`, multiplied by the factor of each change whose count is reached.
  /// optax: `piecewise_constant_schedule`.
  case piecewiseConstant(from: Double, changes: [Change])

  /// One schedule after the other. The schedule after `boundaries[i]` starts
  /// at that count and sees counts from 0. optax: `join_schedules`.
  ///
  /// There is one schedule more than there are boundaries, which ascend. At
  /// most ``depthLimit`` lie within each other.
  case joined(schedules: List, boundaries: [Int])

  /// The value of each count, the first one for count 0. Counts behind the end
  /// have the last value.
  ///
  /// A table has 1 to ``tableCountLimit`` values, which are finite.
  case table(_ values: [Double])

  /// A function of the count. See ``function(_:_:)``.
  case function(Function)

  /// A factor that applies from a count on.
  public struct Change: Sendable, Hashable, Codable {
    /// The first count at which the factor applies.
    public var count: Int
    /// The factor of the value, at least 0.
    public var factor: Double

    /// A factor that applies from `count` on.
    public init(at count: Int, factor: Double) {
      self.count = count
      self.factor = factor
    }
  }
}

extension HyperparameterSchedule: ExpressibleByFloatLiteral,
  ExpressibleByIntegerLiteral
{
  /// A constant.
  public init(floatLiteral value: Double) { self = .constant(value) }

  /// A constant.
  public init(integerLiteral value: Int) { self = .constant(Double(value)) }
}
