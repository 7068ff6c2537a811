//===--- NegativeElementsTests.swift - what no second moment has ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Testing

@Suite struct `A negative element` {
  @Test(arguments: [0, 1023, 1024, 5000, 10_002])
  func `is found first, wherever it is`(index: Int) {
    var elements = [Float](repeating: 0, count: 10_003)
    elements[7000] = .nan
    elements[7001] = -0.0
    #expect(
      unsafe elements.withUnsafeBufferPointer(
        Float.firstNegativeIndex) == nil)
    elements[10_002] = -1
    elements[index] = -.leastNonzeroMagnitude
    #expect(
      unsafe elements.withUnsafeBufferPointer(
        Float.firstNegativeIndex) == index)
  }
}
