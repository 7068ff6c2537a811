//===--- PageTests.swift - the calls of a page ----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import Foundation
import TestSupport
import Testing

@Suite struct `The page about several machines` {
  @Test func `has calls that are made`() throws {
    let page = try DocumentationPage(
      "Sources/AdEMAMixMPI/AdEMAMixMPI.docc/SeveralMachines.md")
    let source = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(
        path: "MPIProcess/PageExample.swift")
    for call in [
      "parameterCheckInterval", "startAverage", "openStep",
    ] {
      #expect(
        try page.linesOfExample(with: call, missingIn: source.path()) == [])
    }
    let folder = try TemporaryFolder()
    try expectRight(ranks: 2, "page", folder.path)
  }
}

#endif
