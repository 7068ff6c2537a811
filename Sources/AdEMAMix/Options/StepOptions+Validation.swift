//===--- StepOptions+Validation.swift - the ranges, and their check -------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The name of an option, in errors.
public enum StepOptionName: String, Sendable, Hashable, Codable, CaseIterable {
  /// ``StepOptions/gradientScale``
  case gradientScale
  /// The limit of ``StepOptions/clipping``.
  case clippingLimit
  /// The limit of ``NonFinitePolicy/skipStep(limit:)``.
  case skipLimit
  /// The number of micro-batches of ``StepOptions/accumulation``, once rounded.
  case microBatchCount
  /// ``StepOptions/updateClipping``
  case updateClipping

  /// The range, as the end of a sentence that starts "it must".
  var rule: String {
    switch self {
    case .gradientScale: "be finite and positive"
    case .clippingLimit, .updateClipping: "be positive"
    case .skipLimit: "be at least 0"
    case .microBatchCount: "round to 1 to 2^53"
    }
  }

  func accepts(_ value: Double) -> Bool {
    switch self {
    case .gradientScale: value.isFinite && value > 0
    case .clippingLimit, .updateClipping: value > 0
    case .skipLimit: value >= 0
    case .microBatchCount: (1...0x1p53).contains(value.rounded())
    }
  }

  func check(_ value: Double) throws(AdEMAMixError) {
    guard accepts(value) else { throw .optionOutOfRange(self, value: value) }
  }
}

extension StepOptions {
  /// Checks everything but the number of micro-batches at a step.
  func check() throws(AdEMAMixError) {
    try StepOptionName.gradientScale.check(gradientScale)
    switch clipping {
    case .globalNorm(let limit, _), .value(let limit), .blockRMS(let limit):
      try StepOptionName.clippingLimit.check(limit)
    case nil: break
    }
    if case .skipStep(let limit) = nonFiniteGradients {
      try StepOptionName.skipLimit.check(Double(limit))
    }
    if let updateClipping {
      try StepOptionName.updateClipping.check(updateClipping)
    }
  }

  /// The number of micro-batches that make up the step after `count`.
  func microBatchCount(at count: Int) throws(AdEMAMixError) -> Int {
    guard let schedule = accumulation?.schedule else { return 1 }
    do throws(ScheduleError) {
      try schedule.validate()
    } catch {
      throw .invalidAccumulation(error)
    }
    let value = schedule.value(at: count)
    try StepOptionName.microBatchCount.check(value)
    return Int(value.rounded())
  }
}
