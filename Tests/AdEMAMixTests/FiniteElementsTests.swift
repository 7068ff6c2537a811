//===--- FiniteElementsTests.swift - numbers that are not finite ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Testing

@Suite struct `Stored elements` {
  @Test(arguments: InstructionSet.available)
  func `are finite where no exponent is the largest`(set: InstructionSet) {
    for wrong in [.nan, -.nan, .infinity, -.infinity] as [Float] {
      expect(set, .scalar, -0.0, -.greatestFiniteMagnitude, wrong, Float.self)
    }
    // 1e300 is none in Float.
    for wrong in [.nan, -.nan, .infinity, -.infinity] as [Double] {
      expect(set, .scalar, -1, 1e300, wrong, Double.self)
    }
    expect(
      set, .bfloat16, BFloat16(-1), BFloat16(bitPattern: 0x7f7f),
      BFloat16(-.infinity), Float.self)
    expect(
      set, .bfloat16, BFloat16(0), BFloat16(-0.0), BFloat16(.nan), Float.self)
    // The sign of a block's largest magnitude says that an element is not.
    expect(set, .float32, 1, .greatestFiniteMagnitude, -1 as Float, Float.self)
    expect(set, .float32, 0, 1, -0.0 as Float, Float.self)
    expect(set, .float32, 0, 1, -.infinity as Float, Float.self)
    expect(set, .int16, 5, .max, nil, Float.self, of: Int16.self)
  }

  /// Expects elements of two values to be finite, and not to be with a third,
  /// wherever it is.
  private func expect<Element: BitwiseCopyable, Scalar: OptimizerScalar>(
    _ set: InstructionSet, _ type: StateElementType, _ first: Element,
    _ second: Element, _ wrong: Element?, _: Scalar.Type,
    of _: Element.Type = Element.self
  ) {
    for count in [0, 1, 3, 7, 16, 33, 100] {
      var elements = (0..<count).map { $0.isMultiple(of: 3) ? first : second }
      func areFinite() -> Bool {
        unsafe elements.withUnsafeBytes {
          unsafe type.areFinite($0, Scalar.self, set)
        }
      }
      #expect(areFinite(), "\(type), \(count)")
      guard let wrong else { continue }
      for index in elements.indices {
        let right = elements[index]
        elements[index] = wrong
        #expect(!areFinite(), "\(type), \(index) of \(count)")
        elements[index] = right
      }
    }
  }
}
