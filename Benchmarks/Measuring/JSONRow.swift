//===--- JSONRow.swift - a result and the facts of its run ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A result, and the circumstances that it shares with the others of its run.
struct JSONRow: Encodable {
  let facts: RunFacts
  let result: any Encodable

  /// Puts the fields of both into one object.
  func encode(to encoder: any Encoder) throws {
    try facts.encode(to: encoder)
    try result.encode(to: encoder)
  }
}
