//===--- PassOptions.swift - the stages of a step beyond the equations ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The options of a pass beyond the equations.
struct PassOptions {
  /// How a scan judges gradients.
  var scan = ScanScale()
  /// How gradients are written anew, where they are.
  var transform: GradientTransform?
  /// Whether elements of the direction count as 0 that do not agree with the
  /// gradient in sign.
  var isCautious = false
  /// Whether the update of a tensor depends on the mean square of g/√ν.
  var limitsUpdates = false
  /// Whether the pass adds up what diagnostics need.
  var measures = false
  /// Whether the update is written in the place of the parameters.
  var writesUpdate = false
  /// Whether the caller has a gradient; otherwise it is 0, and nothing of it is
  /// read.
  var hasGradient = true

  /// The options of a step.
  init(
    _ options: StepOptions, _ plan: StepPlan,
    _ transform: GradientTransform?
  ) {
    self.transform = transform
    isCautious = options.isCautious
    limitsUpdates = options.updateClipping != nil
    measures = plan.call.measures
    writesUpdate = plan.call.purpose == .update
    hasGradient = plan.hasGradient
  }

  /// No options but the transform of gradients, or the scale of a scan.
  init(
    transform: GradientTransform? = nil, scan: ScanScale = .init(),
    hasGradient: Bool = true
  ) {
    self.transform = transform
    self.scan = scan
    self.hasGradient = hasGradient
  }

  /// Whether a pass is that of an engine alone.
  func isPlain(_ kind: PassKind) -> Bool {
    kind == .step && transform == nil && changesGradientsAlone
  }

  /// Whether kernels of their own make the two halves of a step.
  func hasHalves(_ engine: StepEngine) -> Bool {
    engine == .fused && !measures && !writesUpdate
  }

  /// Whether the second half of a step needs the signs of the gradients alone.
  func keepsSigns(_ engine: StepEngine) -> Bool {
    isCautious && hasHalves(engine)
  }

  /// Whether an engine makes the step on gradients that are written anew.
  var changesGradientsAlone: Bool {
    !isCautious && !limitsUpdates && !measures && !writesUpdate
  }
}
