//===--- OptionRange.swift - options that are numbers of some range -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import ArgumentParser

/// Refuses a value of an option outside of a range.
///
/// - Throws: `ValidationError`, which names the option, the value and the
///   range.
package func require<Value>(
  _ option: String, _ value: Value, in range: ClosedRange<Value>
) throws {
  guard range.contains(value) else {
    throw ValidationError(
      "--\(option) \(value): it must be \(range.lowerBound) to "
        + "\(range.upperBound).")
  }
}
