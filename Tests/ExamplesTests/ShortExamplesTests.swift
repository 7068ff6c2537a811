//===--- ShortExamplesTests.swift - examples to copy, in one file each ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Foundation
import TestSupport
import Testing

private let sources = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent()
  .appending(path: "Sources")

private let data = [
  "FlatPointers": [
    "--text",
    sources.appending(path: "LanguageModel/Text/new-testament.txt")
      .path(),
  ],
  "StructOfArrays": [
    "--images", sources.appending(path: "Digits/Images/digits.txt").path(),
  ],
]

/// Runs a program, and returns the number at the end of each of its lines that
/// begins with a text.
private func numbers(
  after text: String, of name: String, _ arguments: [String],
  in folder: borrowing TemporaryFolder
) throws -> [Double] {
  let run = try ProgramRun(
    name, data[name, default: []] + arguments, in: folder)
  #expect(run.status == 0 && run.complaints.isEmpty, "\(run.complaints)")
  return run.printed.split(separator: "\n").filter { $0.hasPrefix(text) }
    .compactMap { line in
      line.dropFirst(text.count).split { !"-.0123456789".contains($0) }
        .compactMap { Double($0) }.last
    }
}

@Suite struct `A short example` {
  @Test func `trains on pointers, and goes on from its file`() throws {
    let folder = try TemporaryFolder()
    let common = ["--batch", "16", "--checkpoint", folder.file("f")]
    let first = try numbers(
      after: "Step", of: "FlatPointers", common + ["--steps", "201"],
      in: folder)
    try #require(first.count == 2)
    // 7 bits at first, as there are 128 characters.
    #expect(abs(first[0] - 7) < 0.3 && first[1] < 4, "\(first)")
    let second = try numbers(
      after: "", of: "FlatPointers", common + ["--steps", "401"], in: folder)
    // The step, the bits at step 400, and those of the test.
    try #require(second.count == 3)
    #expect(second[0] == 201 && second[2] < 3.6, "\(second)")
    let third = try numbers(
      after: "Test:", of: "FlatPointers", common + ["--steps", "401"],
      in: folder)
    #expect(third == [second[2]])
  }

  @Test func `trains a struct of arrays, and goes on from its file`() throws {
    let folder = try TemporaryFolder()
    let common = ["--checkpoint", folder.file("f")]
    let first = try numbers(
      after: "Step", of: "StructOfArrays", common + ["--steps", "101"],
      in: folder)
    try #require(first.count == 2)
    #expect(abs(first[0] - 2.3) < 0.3 && first[1] < 0.9, "\(first)")
    let second = try ProgramRun(
      "StructOfArrays",
      data["StructOfArrays", default: []] + common + ["--steps", "301"],
      in: folder)
    #expect(second.printed.hasPrefix("Goes on from step 101\nStep 200: loss"))
    let percent = second.printed.split(separator: " ")
      .drop { !$0.hasSuffix("Test:") }.dropFirst().first
    // 84 to 87 in ten runs, which begin at random; 10 without learning.
    #expect(percent.flatMap { Int($0) } ?? 0 > 75, "\(second.printed)")
  }

  @Test(arguments: ["FlatPointers", "StructOfArrays"])
  func `explains itself, and refuses what it cannot do`(name: String) throws {
    let folder = try TemporaryFolder()
    let help = try ProgramRun(name, ["--help"], in: folder)
    #expect(help.status == 0 && help.printed.contains("--checkpoint"))
    for arguments in [["--steps", "0"], ["--batch", "0"]] {
      let run = try ProgramRun(
        name, data[name, default: []] + arguments, in: folder)
      #expect(run.status == 64 && run.complaints.contains("--batch"))
    }
  }
}
