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
