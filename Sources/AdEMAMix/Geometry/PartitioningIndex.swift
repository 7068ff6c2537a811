//===--- PartitioningIndex.swift - bisection ------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension RandomAccessCollection {
  /// The first index whose element satisfies a condition that all later
  /// elements satisfy too, or the end.
  ///
  /// - Complexity: O(log(count)).
  package func partitioningIndex(
    where isInSecondPart: (Element) -> Bool
  ) -> Index {
    var low = startIndex
    var remaining = count
    while remaining > 0 {
      let half = remaining / 2
      let middle = index(low, offsetBy: half)
      if isInSecondPart(self[middle]) {
        remaining = half
      } else {
        low = index(after: middle)
        remaining -= half + 1
      }
    }
    return low
  }
}

extension [Int] {
  /// Whether a number is in a list in ascending order.
  ///
  /// - Complexity: O(log(count)).
  func hasInOrder(_ number: Int) -> Bool {
    let place = partitioningIndex { $0 >= number }
    return place < count && self[place] == number
  }

  /// Puts a number into a list in ascending order, unless it is there.
  ///
  /// - Complexity: O(log(count) + count of larger numbers).
  mutating func insertInOrder(_ number: Int) {
    let place = partitioningIndex { $0 >= number }
    if place == count || self[place] != number { insert(number, at: place) }
  }
}
