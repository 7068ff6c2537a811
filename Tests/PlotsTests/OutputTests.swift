//===--- OutputTests.swift - tables, folders, numbers, progress -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Numerals
import Plots
import Progress
import TestSupport
import Testing

@Suite struct `Output` {
  @Test func `is a table that quotes what has commas`() {
    var table = CSVTable(columns: ["name", "a, b", "c"])
    table.append("x \"y\"", numbers: [3, 0.1])
    table.append("z", numbers: [.nan, 1e300])
    #expect(
      table.text
        == "name,\"a, b\",c\n\"x \"\"y\"\"\",3,0.1\nz,nan,1e+300\n")
  }

  @Test func `goes into a folder that is made`() throws {
    let root = try TemporaryFolder()
    let folder = try OutputFolder(root.file("a/b/"))
    let file = root.file("a/b/f.txt")
    try folder.write("f.txt", "old and long")
    #expect(try folder.write("f.txt", "new") == file)
    #expect(try content(of: file) == Array("new".utf8))
    #expect(throws: OutputFolder.Failure.self) {
      try OutputFolder("\(file)/c")
    }
    #expect(throws: OutputFolder.Failure.self) {
      try folder.write("missing/f.txt", "")
    }
  }

  @Test(arguments: [1, 1_000_000])
  func `says that a disk is full`(_ count: Int) throws {
    // This device takes nothing: a short text fails when the file is closed.
    let folder = try OutputFolder("/dev")
    let failure = #expect(throws: OutputFolder.Failure.self) {
      try folder.write("full", String(repeating: "a", count: count))
    }
    #expect(failure?.reason == "No space left on device")
  }

  @Test func `has the lowest of values that may be NaN`() {
    let values = [Double.nan, 3, .nan, 2, 2, .infinity]
    let lowest = values.enumerated().lowest { $0.element }
    #expect(lowest?.offset == 3)
    #expect([.nan, Double.infinity].lowest { $0 } == .infinity)
    #expect([Double.nan, .nan].lowest { $0 }?.isNaN == true)
    #expect([Double]().lowest { $0 } == nil)
  }

  @Test func `has numbers that people read`() {
    #expect(0.001234.text(significant: 2) == "0.0012")
    #expect(1.5e-9.text(significant: 3) == "1.5e-09")
    #expect(Double.greatestFiniteMagnitude.text(decimals: 1).count == 311)
    #expect(grouped(1_234_567) == "1,234,567")
    #expect(grouped(-123) == "-123" && grouped(.min).hasPrefix("-9,223,"))
    #expect(duration(0.2) == "1 s" && duration(61) == "1 min 1 s")
  }

  @Test func `says how far it is`() {
    #expect(
      StepProgress.text(
        "AdamW", step: 1_200, of: 5_000, loss: 0.03214, after: .seconds(2))
        == "AdamW: step 1,200 of 5,000, loss 0.0321, 600 steps/s, 7 s left")
    #expect(
      StepProgress.text(
        "AdamW", step: 0, of: 5, loss: .infinity, after: .zero)
        == "AdamW: step 0 of 5, loss inf")
    #expect(
      StepProgress.text("Map", step: 3, of: 6, after: .seconds(1))
        == "Map: step 3 of 6, 3 steps/s, 1 s left")
  }
}

@Suite struct `A condition that holds for good` {
  @Test(arguments: [
    ([1, 5, 2, 6, 7], 3), ([5, 6], 0), ([6, 1], nil), ([], nil),
    ([1, 1, 4], 2),
  ])
  func `does so after the last that fails it`(values: [Int], expected: Int?) {
    #expect(values.firstIndexForGood { $0 > 3 } == expected)
  }
}
