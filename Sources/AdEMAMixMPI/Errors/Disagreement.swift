//===--- Disagreement.swift - a value that ranks do not have alike --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
/// A value in which a rank differs from rank 0.
package struct Disagreement: Sendable, Hashable {
  /// The lowest rank that differs.
  package let rank: Int
  /// The name of the value, such as `groups['biases'].hyperparameters.beta1`.
  package let field: String
  /// The value on that rank. `nil` if the rank has no such field.
  package let value: String?
  /// The value on rank 0. `nil` if rank 0 has no such field.
  package let expected: String?

  package init(rank: Int, field: String, value: String?, expected: String?) {
    self.rank = rank
    self.field = field
    self.value = value
    self.expected = expected
  }
}

#endif
