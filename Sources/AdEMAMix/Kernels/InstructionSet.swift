//===--- InstructionSet.swift - instructions of kernels -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// The instruction sets of the C kernels, in ascending order of width.
package enum InstructionSet: Int32, Sendable, Comparable, CaseIterable {
  case baseline
  case avx2
  case avx512

  /// The widest that this processor can run.
  package static let widest =
    InstructionSet(rawValue: ademamix_widest_instruction_set()) ?? .baseline

  /// All that this processor can run.
  package static var available: [InstructionSet] {
    allCases.filter { $0 <= widest }
  }

  package static func < (left: InstructionSet, right: InstructionSet) -> Bool {
    left.rawValue < right.rawValue
  }
}
