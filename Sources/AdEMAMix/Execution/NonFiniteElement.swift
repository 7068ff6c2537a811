//===--- NonFiniteElement.swift - an element that a policy refuses --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// An element that a policy does not let pass.
struct NonFiniteElement {
  /// Counted from the first element the sums are about.
  let index: Int
  let value: Double
}
