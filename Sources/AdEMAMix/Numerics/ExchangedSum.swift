//===--- ExchangedSum.swift - a sum that owners of shards send each other -===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A sum over a shard's elements that the owners of shards send each other,
/// field by field.
protocol ExchangedSum {
  /// The sum of no elements.
  init()

  /// Passes all fields, always in the same order: `words` either writes them or
  /// replaces them by what it reads.
  ///
  /// A change of the fields or of their order is one of ``SumWords/version``.
  mutating func pass(to words: inout SumWords)
}
