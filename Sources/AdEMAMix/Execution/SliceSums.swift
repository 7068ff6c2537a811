//===--- SliceSums.swift - what one part of a step finds in one slice -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The findings of one part of a pass in its elements of a slice.
///
/// A slice that lies in several parts has one of these for each part. Their sum
/// does not depend on the division of the slice.
struct SliceSums {
  var gradient = GradientSums()
  var agreement = AgreementSums()
  /// Squares of g/√ν.
  var excess = ReproducibleSum()
  var measured = MeasuredSums()

  mutating func add(_ other: SliceSums) {
    gradient.add(other.gradient)
    agreement.add(other.agreement)
    excess.add(other.excess)
    measured.add(other.measured)
  }
}
