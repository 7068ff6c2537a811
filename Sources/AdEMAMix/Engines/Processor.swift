//===--- Processor.swift - what there is to run on ------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// What the C kernels are compiled for, in ascending order of width.
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

/// The number of processors that this thread may run on, at least 1.
package func availableProcessorCount() -> Int {
  max(1, Int(ademamix_available_processor_count()))
}
