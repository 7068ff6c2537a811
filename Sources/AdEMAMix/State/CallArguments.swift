//===--- CallArguments.swift - what a call was made with -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The arguments of the last call that took a gradient, which files keep.
package struct CallArguments: Sendable, Hashable {
  /// The factor of the gradient.
  package var gradientScale: Double
  /// Whether the call measured.
  package var diagnostics: Bool

  package init(gradientScale: Double = 1, diagnostics: Bool = false) {
    self.gradientScale = gradientScale
    self.diagnostics = diagnostics
  }

  /// Checks arguments that come from outside.
  package func check() throws(AdEMAMixError) {
    try StepOptionName.gradientScale.check(gradientScale)
  }
}
