//===--- Grouped.swift - long numbers and times for people ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A number with its digits in groups of three.
package func grouped(_ number: Int) -> String {
  var digits = String(number.magnitude)
  var end = digits.count - 3
  while end > 0 {
    digits.insert(",", at: digits.index(digits.startIndex, offsetBy: end))
    end -= 3
  }
  return number < 0 ? "-" + digits : digits
}

/// A time in whole seconds, rounded up: "12 s", "3 min 4 s".
package func duration(_ seconds: Double) -> String {
  let seconds = Int(min(seconds, 1e15).rounded(.up))
  guard seconds >= 60 else { return "\(seconds) s" }
  return "\(seconds / 60) min \(seconds % 60) s"
}
