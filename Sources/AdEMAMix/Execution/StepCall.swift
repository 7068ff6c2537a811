//===--- StepCall.swift - the request of one call ------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The request of one call, beside its memory.
struct StepCall {
  let purpose: StepPurpose
  let arguments: CallArguments
  /// The weight of the call's gradient among those that accumulate.
  let weight: Double

  init(
    _ purpose: StepPurpose, _ gradientScale: Double, _ diagnostics: Bool,
    weight: Double = 1
  ) {
    self.purpose = purpose
    self.weight = weight
    arguments = CallArguments(
      gradientScale: gradientScale, diagnostics: diagnostics)
  }

  /// The factor of the call's gradient.
  var gradientScale: Double { arguments.gradientScale }

  /// Checks the numbers of the call.
  func check() throws(AdEMAMixError) {
    try arguments.check()
    try StepOptionName.weight.check(weight)
    // The product is the factor of the gradient in a sum.
    let factor = weight * gradientScale
    guard factor.isFinite, factor > 0 else {
      throw .optionOutOfRange(.weight, value: factor)
    }
  }

  /// Whether the call measures for ``StepReport/diagnostics``.
  var measures: Bool { arguments.diagnostics }
}
