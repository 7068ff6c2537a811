//===--- ScanScale.swift - the scale of a gradient scan -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// How a scan judges a gradient.
struct ScanScale {
  /// The factor of the gradient before it is added to a sum.
  var scale = 1.0
  /// The factor of the sum, or of the gradient without a sum, with which it has
  /// to be finite in the scalar type.
  var unit = 1.0

  /// No scaling.
  init() {}

  /// The scale of a call's scan. Under `propagate` a product may overflow the
  /// scalar type: clipping may make it small again.
  init(_ options: borrowing StepOptions, _ plan: StepPlan) {
    scale = plan.scale
    if options.nonFiniteGradients == .propagate {
      unit = 0x1p-1000
    } else {
      unit = plan.accumulatedCount > 0 ? plan.mean : plan.scale
    }
  }
}
