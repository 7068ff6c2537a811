//===--- ByteOrder.swift - names, compared byte by byte -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Glibc

// Names and keys are compared by their UTF-8 bytes, as in other readers of the
// format. `==` of `String`, `switch`, `Set` and `Dictionary` would equate names
// that Unicode considers equal. Such comparisons also sort combining marks, in
// a time quadratic in the number of marks on one letter. A file from elsewhere
// may have any number of marks.

/// The order of two texts: a negative number if the bytes on the left come
/// first, 0 if both texts have the same bytes.
func byteOrder(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Int {
  let count = min(left.count, right.count)
  let order = unsafe left.withUnsafeBufferPointer { left in
    unsafe right.withUnsafeBufferPointer { right in
      guard let left = left.baseAddress, let right = right.baseAddress else {
        return CInt(0)
      }
      return unsafe memcmp(left, right, count)
    }
  }
  return order == 0 ? left.count - right.count : Int(order)
}

extension String {
  /// Whether this text and another have the same bytes.
  func hasBytes(of other: String) -> Bool {
    byteOrder(utf8Span.span, other.utf8Span.span) == 0
  }

  /// Whether this text comes before another in the order of their bytes.
  func precedesInBytes(_ other: String) -> Bool {
    byteOrder(utf8Span.span, other.utf8Span.span) < 0
  }
}
