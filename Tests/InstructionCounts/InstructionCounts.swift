//===--- InstructionCounts.swift - work whose instructions are counted ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

// Run by scripts/instructions under callgrind, which writes a file for each
// line but the first that this prints.

import AdEMAMix
import Glibc

@main struct InstructionCounts {
  static func main() throws {
    // The script says so.
    guard InstructionSet.widest >= .avx2 else { exit(77) }
    print(BLASBuild.current)
    for set in [InstructionSet.baseline, .avx2] {
      KernelCounts<Float>(set).count()
      KernelCounts<Double>(set).count()
      QuantizedKernelCounts(set).count()
    }
    for engine in [StepEngine.blas, .fused] {
      try StepCounts(engine: engine).count()
    }
    try AverageCounts.count()
  }
}
