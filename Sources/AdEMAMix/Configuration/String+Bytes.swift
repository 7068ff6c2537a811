//===--- String+Bytes.swift - texts, compared by their bytes --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension String {
  /// Whether another text has the same bytes in UTF-8.
  package func hasSameBytes(as other: String) -> Bool {
    utf8.elementsEqual(other.utf8)
  }
}

extension Sequence<String> {
  /// Whether other texts have the same bytes, one by one.
  package func haveSameBytes(as others: some Sequence<String>) -> Bool {
    elementsEqual(others) { $0.hasSameBytes(as: $1) }
  }
}
