//===--- Figure.swift - a number in a report, for comparisons -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A number for comparisons: reports with NaN in them equal themselves, and
/// sets and dictionaries find them.
struct Figure: Hashable {
  private let bits: UInt64

  init(_ number: Double) {
    // One NaN, and one 0.
    bits = number.isNaN ? Double.nan.bitPattern : (number + 0).bitPattern
  }
}
