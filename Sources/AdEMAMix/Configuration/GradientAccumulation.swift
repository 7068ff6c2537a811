//===--- GradientAccumulation.swift - several gradients, one step ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// How the gradients of several micro-batches make up one step.
///
/// Calls that do not complete a step cost one `axpy`. The optimizer keeps the
/// sum, one scalar for each parameter, from the first such call on; and what
/// rounding loses of it, another scalar, where more than 16 `Float` gradients
/// are to make up a step.
///
/// A number of micro-batches is a schedule of completed steps; its value is
/// rounded, and must be at least 1. Once that many gradients have come, the
/// step is made. So a number that has become smaller than what has accumulated
/// makes the next call complete; with no accumulation at all, what has
/// accumulated counts as for a mean. A group that is frozen in between loses
/// its share.
///
/// Each call may have a weight. The mean is then Σ w·g / Σ w, and the sum Σ
/// w·g: with the number of tokens as the weight of a gradient that is a mean
/// over the tokens of its micro-batch, the step's gradient is the mean over all
/// tokens. A weight has no part in a step of one gradient, whose mean it is.
///
///     try optimizer.step(
///       &parameters, gradients: gradients, weight: Double(tokenCount))
///
/// Micro-batches may run out before that. Then
/// ``AdEMAMix/completeStep(_:diagnostics:)-(Parameters,_)`` makes the step with
/// the gradients that have come, and
/// ``AdEMAMix/discardAccumulatedGradients()`` drops them.
/// ``AdEMAMix/accumulatedGradientCount`` is their number. An average of the
/// parameters, a line of a log or a checkpoint is made once a step, not once a
/// call: ``StepReport/outcome`` tells.
public enum GradientAccumulation: Sendable, Hashable, Codable {
  /// The step takes the mean: the micro-batches' losses are means of their own.
  case mean(over: HyperparameterSchedule)
  /// The step takes the sum.
  case sum(over: HyperparameterSchedule)

  /// The number of micro-batches.
  package var schedule: HyperparameterSchedule {
    switch self {
    case .mean(let schedule), .sum(let schedule): schedule
    }
  }
}
