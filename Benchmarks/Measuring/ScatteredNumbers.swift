//===--- ScatteredNumbers.swift - values of streams -----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// Numbers of either sign between 1/4 and 5/4 in size, without a pattern.
func scattered<Scalar: OptimizerScalar>(_ index: Int) -> Scalar {
  let bits = UInt32(truncatingIfNeeded: index &+ 1) &* 2_654_435_769
  let size = 0.25 + Scalar(bits >> 9) / Scalar(1 << 23)
  return bits & 256 == 0 ? size : -size
}
