//===--- StepPlan.swift - the passes of a call ----------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
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
  /// Whether a decision needs the whole gradient.
  let scans: Bool
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
  /// - Throws: ``AdEMAMixError`` for a number of micro-batches that the options
  ///   cannot have, and a completion without accumulated gradients.
  init(
    _ options: borrowing StepOptions, _ call: StepCall, _ engine: StepEngine,
    at count: Int, accumulatedCount: Int
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
    let isComplete = accumulatedCount + 1 >= microBatchCount
    scans =
      options.nonFiniteGradients != .propagate
      || isComplete && (options.clipping?.needsScan ?? false)
    if !isComplete {
      mean = 1
    } else if case .sum = options.accumulation {
      mean = 1
    } else {
      mean =
        1 / Double(accumulatedCount + (call.purpose == .completion ? 0 : 1))
    }
  }

  /// Whether the call completes a step.
  var isComplete: Bool { accumulatedCount + 1 >= microBatchCount }

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
