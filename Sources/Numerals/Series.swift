//===--- Series.swift - numbers at equal distances or in equal ratios -----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Glibc

/// Some 400 of the steps from 1 to the last, at equal distances, the last among
/// them; all where they are fewer.
package func evenSteps(to last: Int) -> [Int] {
  Set((0...400).map { max(1, $0 * last / 400) }).sorted()
}

/// Powers of 10 in equal ratios, so many in each decade, between two whole
/// exponents and at them.
package func decades(_ exponents: ClosedRange<Int>, each count: Int) -> [Double]
{
  (exponents.lowerBound * count...exponents.upperBound * count).map {
    pow(10, Double($0) / Double(count))
  }
}
