//===--- StepOptions+Validation.swift - the ranges, and their check -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension StepOptions {
  /// Checks everything but the number of micro-batches at a step.
  func check() throws(AdEMAMixError) {
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

  /// Checks what of the number of micro-batches is the same at each step.
  func checkAccumulation() throws(AdEMAMixError) {
    guard let schedule = accumulation?.schedule else { return }
    do throws(ScheduleError) {
      try schedule.validate()
    } catch {
      throw .invalidAccumulation(error)
    }
    if case .constant(let value) = schedule {
      try StepOptionName.microBatchCount.check(value)
    }
  }

  /// The number of micro-batches that make up the step after `count`.
  func microBatchCount(at count: Int) throws(AdEMAMixError) -> Int {
    guard let schedule = accumulation?.schedule else { return 1 }
    try checkAccumulation()
    let value = schedule.value(at: count)
    try StepOptionName.microBatchCount.check(value)
    return Int(value.rounded())
  }
}
