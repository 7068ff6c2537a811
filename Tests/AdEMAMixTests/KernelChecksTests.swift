//===--- KernelChecksTests.swift - the C kernels by themselves ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import TestSupport
import Testing

/// `KernelChecks` compares the kernels with their equations, and each
/// instruction set with the baseline, and fails where one differs.
@Suite struct `The C kernels` {
  @Test func `compute their equations, with one result on this processor`()
    throws
  {
    let (status, words) = try output(of: "KernelChecks", [])
    #expect(status == 0)
    // A digest, and the name of a case, a line.
    #expect(words.count > 4000)
  }
}
