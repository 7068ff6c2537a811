//===--- StepCall.swift - the request of one call ------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The request of one call, beside its memory.
struct StepCall {
  let purpose: StepPurpose
  /// The factor of the call's gradient.
  let gradientScale: Double
  /// Whether the call measures for ``StepReport/diagnostics``.
  let measures: Bool

  init(_ purpose: StepPurpose, _ gradientScale: Double, _ measures: Bool) {
    self.purpose = purpose
    self.gradientScale = gradientScale
    self.measures = measures
  }
}
