//===--- Series.swift - numbers at equal distances or in equal ratios -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Glibc

/// At most 401 of the steps from 1 to the last, at equal distances, the last
/// included. So many steps give a curve a point for every two pixels of a
/// chart.
package func evenSteps(to last: Int) -> [Int] {
  Set((0...400).map { max(1, $0 * last / 400) }).sorted()
}

/// Numbers in equal ratios from one power of 10 to another, both included:
/// `count` in each decade.
package func decades(_ exponents: ClosedRange<Int>, each count: Int) -> [Double]
{
  (exponents.lowerBound * count...exponents.upperBound * count).map {
    pow(10, Double($0) / Double(count))
  }
}

extension BidirectionalCollection {
  /// The index of the first element from which on all elements satisfy a
  /// condition.
  ///
  /// - Returns: The index, or `nil` if the last element does not satisfy it.
  package func firstIndexForGood(
    where isTrue: (Element) throws -> Bool
  ) rethrows -> Index? {
    guard let other = try lastIndex(where: { try !isTrue($0) }) else {
      return isEmpty ? nil : startIndex
    }
    let next = index(after: other)
    return next == endIndex ? nil : next
  }
}
