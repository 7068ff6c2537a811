//===--- StepVariant.swift - the plain step and its variants --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// A plain step, one with an option, or another form of it, by the names that
/// tables and files use.
enum StepVariant: String, CaseIterable, Encodable {
  case plain
  case gradientScale = "gradient scale"
  case globalNorm = "clip by global norm"
  case blockRMS = "clip by block RMS"
  case value = "clip by value"
  case throwing = "throw on NaN"
  case zeroing = "zero NaN, none there"
  case zeroingSome = "zero NaN, 1 in 1000"
  case microBatch = "micro-batch, 1 of 16"
  case microBatchOfMany = "micro-batch, 1 of 32"
  case accumulation = "step of 4 micro-batches"
  case cautious
  case clearing = "gradients set to 0"
  case updateClipping = "update clipping"
  case directionLimit = "direction limit"
  case skippingNone = "skip zeros, none there"
  case skippingRows = "skip zeros, 9 rows in 10"
  case diagnostics
  case combined = "clip, skip NaN, diagnostics"
  case updateAlone = "update alone"
  case simplified = "simplified form"
  case average = "average alone, no step"
  case averageAfterStep = "step, then average"
  case averageInStep = "step with average"

  /// The options of the optimizer. Limits are such that gradients exceed them.
  var options: StepOptions {
    var options = StepOptions()
    switch self {
    case .plain, .updateAlone, .simplified, .average, .averageAfterStep,
      .averageInStep, .gradientScale, .diagnostics, .clearing, .directionLimit,
      .skippingNone, .skippingRows:
      break
    case .globalNorm: options.clipping = .globalNorm(1)
    case .blockRMS: options.clipping = .blockRMS(0.1)
    case .value: options.clipping = .value(1)
    case .throwing: options.nonFiniteGradients = .throw
    case .zeroing, .zeroingSome: options.nonFiniteGradients = .zeroElements
    // The calls that complete a step are too few for a median to see.
    case .microBatch: options.accumulation = .sum(over: 16)
    case .microBatchOfMany: options.accumulation = .sum(over: 32)
    case .accumulation:
      options.accumulation = .mean(over: .constant(Double(callCount)))
    case .cautious: options.isCautious = true
    case .updateClipping: options.updateClipping = 1
    case .combined:
      options.clipping = .globalNorm(1)
      options.nonFiniteGradients = .skipStep(limit: 10)
    }
    return options
  }

  /// The limit of the direction: about one element in five is beyond it.
  var directionLimit: Double? { self == .directionLimit ? 1 : nil }

  /// The factor of each gradient.
  var gradientScale: Double { self == .gradientScale ? 1 / 1024 : 1 }

  /// Whether steps measure.
  var measures: Bool { self == .diagnostics || self == .combined }

  /// The number of calls that are timed as one.
  var callCount: Int { self == .accumulation ? 4 : 1 }

  /// The optimizer and the gradients that the variant works on.
  var state: State {
    switch self {
    case .zeroingSome: .nonFinite
    case .microBatch: .accumulating
    case .microBatchOfMany: .accumulatingMany
    case .simplified: .simplified
    case .clearing: .cleared
    case .skippingNone: .skipping
    case .skippingRows: .skippingRows
    default: .common
    }
  }

  /// Optimizers and gradients that variants cannot share.
  enum State: CaseIterable {
    case common
    /// An optimizer in the middle of a step.
    case accumulating
    /// An optimizer that also keeps what rounding loses of the sum.
    case accumulatingMany
    /// Gradients with NaN.
    case nonFinite
    /// Two moments.
    case simplified
    /// Gradients that become 0.
    case cleared
    /// A group that skips gradients of 0.
    case skipping
    /// The same, with gradients of 0 in nine of ten rows of 256.
    case skippingRows

    /// The number of its streams: parameters, their average, gradients, their
    /// sum, its compensation, and moments, as far as the state has them.
    var streamCount: Int {
      switch self {
      case .common: 7
      case .accumulating: 6
      case .accumulatingMany: 7
      case .nonFinite, .cleared, .skipping, .skippingRows: 5
      case .simplified: 4
      }
    }
  }
}
