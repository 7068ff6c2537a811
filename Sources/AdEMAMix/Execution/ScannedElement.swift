//===--- ScannedElement.swift - an element, as a scan meets it ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// One element, as a scan meets it.
struct ScannedElement {
  /// The sum of earlier gradients.
  let accumulated: Double
  /// With what the gradient adds.
  let total: Double
  /// Whether the gradient makes it other than finite in the scalar type.
  let isRefused: Bool
}
