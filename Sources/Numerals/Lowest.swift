//===--- Lowest.swift - the lowest of values that may be NaN --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension Double {
  /// Whether this number is less than another, where NaN is more than any
  /// number.
  package func isBelow(_ other: Double) -> Bool {
    self < other || !isNaN && other.isNaN
  }
}

extension Sequence {
  /// The first element with the lowest value. NaN is more than any number.
  ///
  /// - Returns: `nil` if there is no element.
  package func lowest(by value: (Element) -> Double) -> Element? {
    self.min { value($0).isBelow(value($1)) }
  }
}
