//===--- ParameterCount.swift - sizes such as 16k or 8M -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import ArgumentParser

/// A number of parameters, which may be written 16k or 8M.
struct ParameterCount {
  let value: Int
}

extension ParameterCount {
  init(argument: String) throws {
    var digits = argument.replacing("_", with: "")
    var unit = 1
    if let last = digits.last, let known = Self.units[last] {
      digits.removeLast()
      unit = known
    }
    guard let number = Int(digits), number > 0 else {
      throw ValidationError("it must be a positive number such as 16000 or 8M.")
    }
    let (value, isOverflow) = number.multipliedReportingOverflow(by: unit)
    // Byte counts must not overflow.
    guard !isOverflow, value < 1 << 48 else {
      throw ValidationError("no machine has memory for so many.")
    }
    self.value = value
  }

  private static let units: [Character: Int] = [
    "k": 1_000, "K": 1_000, "m": 1_000_000, "M": 1_000_000,
  ]
}
