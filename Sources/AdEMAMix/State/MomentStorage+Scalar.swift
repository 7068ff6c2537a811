//===--- MomentStorage+Scalar.swift - storage of a scalar type ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension MomentStorage {
  /// Checks what the choice asks of a group's moments and the scalar type.
  package func check<Scalar: OptimizerScalar>(
    group: String, in _: Scalar.Type
  ) throws(AdEMAMixError) {
    if slow == .blockInt8 || slow == .blockFloat8 {
      throw .unsuitableFormat(slow, .slow, group: group)
    }
    guard isFull || Scalar.self == Float.self else {
      throw .storageNeedsFloat(group: group)
    }
  }
}
