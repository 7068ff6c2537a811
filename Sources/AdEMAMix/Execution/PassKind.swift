//===--- PassKind.swift - the work of a pass ------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The work of a pass over memory.
enum PassKind: Equatable {
  /// The whole step.
  case step
  /// Adds the gradient to the sum of earlier ones, or begins that sum.
  case accumulate(isFirst: Bool)
  /// Looks at the gradient, and changes nothing.
  case scan
  /// Writes 0 in the place of the parameters.
  case clear
  /// The moments, and the sums that ``SliceFactors`` come from. The first half
  /// of a step whose update depends on a whole tensor.
  case moments
  /// The parameters: its second half.
  case parameters

  /// Whether the pass moves parameters.
  var writesParameters: Bool { self == .step || self == .parameters }

  /// Whether the pass comes after the decision about the gradient. Before it,
  /// there are no factors of slices but those of an earlier call, which can
  /// have had fewer slices.
  var followsDecision: Bool { self != .scan && self != .clear }
}
