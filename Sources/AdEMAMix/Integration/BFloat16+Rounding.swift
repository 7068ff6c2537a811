//===--- BFloat16+Rounding.swift - many numbers rounded -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension BFloat16 {
  /// Rounds numbers to the nearest bfloat16, and a number half way between two
  /// to the even one.
  ///
  /// - Parameters:
  ///   - numbers: The numbers, of type `Float`. Numbers of a wider type would
  ///     be rounded twice.
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
