//===--- ExpectClose.swift - numbers that are nearly others ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Testing

/// Expects numbers within a tolerance, relative to each of them or to 1e-3.
func expectClose(
  _ actual: [Double], _ expected: [Double], tolerance: Double = 1e-13,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == expected.count, sourceLocation: sourceLocation)
  #expect(
    zip(actual, expected).allSatisfy {
      abs($0 - $1) <= tolerance * max(1e-3, abs($1))
    },
    "\(actual) is not \(expected)", sourceLocation: sourceLocation)
}
