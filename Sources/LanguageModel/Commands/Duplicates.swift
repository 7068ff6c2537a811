//===--- Duplicates.swift - values of an option that are the same ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import ArgumentParser

/// Refuses equal values of an option: two runs would be the same.
func refuseDuplicates<Value: Hashable>(
  _ option: String, _ values: [Value], of unit: String = ""
) throws {
  var seen: Set<Value> = []
  for value in values where !seen.insert(value).inserted {
    let text = unit.isEmpty ? "\(value)" : "\(value) \(unit)"
    throw ValidationError("--\(option): it must have \(text) only once.")
  }
}
