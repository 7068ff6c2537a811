//===--- StepCall.swift - the request of one call ------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The request of one call, beside its memory.
struct StepCall {
  let purpose: StepPurpose
  let arguments: CallArguments

  init(_ purpose: StepPurpose, _ gradientScale: Double, _ diagnostics: Bool) {
    self.purpose = purpose
    arguments = CallArguments(
      gradientScale: gradientScale, diagnostics: diagnostics)
  }

  /// The factor of the call's gradient.
  var gradientScale: Double { arguments.gradientScale }
  /// Whether the call measures for ``StepReport/diagnostics``.
  var measures: Bool { arguments.diagnostics }
}
