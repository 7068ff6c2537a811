//===--- StepPlan.swift - the passes of a call ----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The passes that one call makes over memory, known before memory is read.
///
/// | call | passes |
/// | --- | --- |
/// | a step | update |
/// | a step whose update depends on whole tensors | moments, parameters |
/// | a micro-batch that completes no step | accumulate |
///
/// A scan comes first where a decision needs the whole gradient.
struct StepPlan {
  let call: StepCall
  /// The engine of all passes.
  var engine: StepEngine
  /// The number of micro-batches that make up the step.
  let microBatchCount: Int
  /// The number of gradients that have accumulated before the call.
  let accumulatedCount: Int
  /// Whether the call completes a step.
  let isComplete: Bool
  /// Whether a decision needs the whole gradient.
  let scans: Bool
  /// The factor of the call's gradient in the sum, or in the step that it makes
  /// alone.
  let scale: Double
  /// The factor between the sum of gradients and the gradient of the step.
  let mean: Double

  /// The plan of a call.
  ///
  /// - Parameters:
  ///   - options: The options, which have been checked.
  ///   - call: The call, whose scale has been checked.
  ///   - engine: The engine of the call.
  ///   - count: The count that schedules see.
  ///   - accumulatedCount: The number of gradients that have accumulated.
  ///   - accumulatedWeight: The sum of their weights.
  /// - Throws: ``AdEMAMixError`` for a number of micro-batches that the options
  ///   cannot have, and a completion without accumulated gradients.
  init(
    _ options: borrowing StepOptions, _ call: StepCall, _ engine: StepEngine,
    at count: Int, accumulatedCount: Int, accumulatedWeight: Double
  ) throws(AdEMAMixError) {
    let asked = try options.microBatchCount(at: count)
    self.call = call
    self.engine = engine
    self.accumulatedCount = accumulatedCount
    if call.purpose == .completion {
      guard accumulatedCount > 0 else { throw .nothingAccumulated }
      microBatchCount = accumulatedCount
    } else {
      microBatchCount = asked
    }
    isComplete = accumulatedCount + 1 >= microBatchCount
    scans =
      options.nonFiniteGradients != .propagate
      || isComplete && (options.clipping?.needsScan ?? false)
    let isSum = if case .sum = options.accumulation { true } else { false }
    // A mean of one gradient does not depend on its weight.
    let isWeighted = isSum || !isComplete || accumulatedCount > 0
    scale = call.gradientScale * (isWeighted ? call.weight : 1)
    let own = call.purpose == .completion ? 0 : call.weight
    mean =
      isSum || !isComplete || !isWeighted ? 1 : 1 / (accumulatedWeight + own)
  }

  /// Whether the caller has a gradient; otherwise the gradient is 0.
  var hasGradient: Bool { call.purpose != .completion }

  /// Whether accumulated gradients are read or written.
  var accumulates: Bool { !isComplete || accumulatedCount > 0 }
}

extension GradientClipping {
  /// Whether the factor of an element depends on other elements.
  fileprivate var needsScan: Bool {
    switch self {
    case .globalNorm, .blockRMS: true
    case .value: false
    }
  }
}
