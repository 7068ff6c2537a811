//===--- BFloat16+Rounding.swift - many numbers rounded -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension BFloat16 {
  /// Rounds numbers to their nearest bfloat16, even ones for those in between.
  ///
  /// - Parameters:
  ///   - numbers: The numbers, of type `Float`: no wider type is rounded once.
  ///   - target: Memory for as many elements.
  /// - Complexity: O(count).
  package static func round<Scalar: OptimizerScalar>(
    _ numbers: UnsafeBufferPointer<Scalar>,
    into target: UnsafeMutablePointer<BFloat16>
  ) {
    precondition(Scalar.self == Float.self, "only Float is rounded once")
    guard let first = numbers.baseAddress else { return }
    let source = unsafe first.cast(to: Float.self)
    for index in 0..<numbers.count {
      unsafe target[index] = BFloat16(source[index])
    }
  }
}
