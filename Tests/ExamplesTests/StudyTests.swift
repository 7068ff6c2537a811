//===--- StudyTests.swift - studies of hyperparameters, shortly -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import TestSupport
import Testing

@Suite struct `A study of hyperparameters` {
  private static let columns =
    "steps,alpha,beta3,warmup,learning_rate,seed,final_loss,lowest_loss\n"

  @Test(arguments: ["LanguageModel", "Digits"])
  func `goes on where it was killed`(program: String) throws {
    let folder = try TemporaryFolder()
    let file = folder.file("study.csv")
    func study() throws -> ProgramRun {
      try ProgramRun(
        program, ["study", "--quick", "--output", file], in: folder)
    }
    let first = try study()
    #expect(first.status == 0 && first.complaints.isEmpty)
    let table = String(decoding: try content(of: file), as: UTF8.self)
    let lines = table.split(separator: "\n")
    #expect(lines.count == 3 && table.hasPrefix(Self.columns))
    #expect(lines[1].hasPrefix("40,0.0,0.0,0.0,0.01,1,"))
    #expect(lines[2].hasPrefix("40,5.0,0.99,1.0,0.01,1,"))

    // Nothing is left to do.
    #expect(try study().printed.hasPrefix("Runs made now: 0."))
    // The last line was being written, and its run is made again.
    try write(Array(table.utf8.dropLast(4)), to: file)
    #expect(try study().printed.hasPrefix("Runs made now: 1."))
    #expect(try content(of: file) == Array(table.utf8))
  }

  @Test(arguments: ["a text\n", columns + "500,0,0,0,1e-3,1,nothing,1\n"])
  func `leaves files of others alone`(text: String) throws {
    let folder = try TemporaryFolder()
    let file = folder.file("study.csv")
    try write(Array(text.utf8), to: file)
    let run = try ProgramRun(
      "Digits", ["study", "--quick", "--output", file], in: folder)
    #expect(run.status == 1)
    #expect(run.complaints.contains("no study writes such a line"))
    #expect(try content(of: file) == Array(text.utf8))
  }

  @Test func `has results, which are shown`() throws {
    let run = try ExampleRun("Guidance", "--list")
    #expect(run.status == 0 && run.complaints.isEmpty)
    #expect(run.isPicture("guidance-language-model.svg"))
    #expect(run.isPicture("guidance-digits.svg"))
    let rows = run.printed.split(separator: "\n").filter {
      $0.hasPrefix("| ") && $0.contains(" ± ")
    }
    // Each of 4 lengths has AdamW, AdEMAMix and the suggestion, in both tasks.
    #expect(rows.count == 8 && !rows.contains { $0.contains("–") })
    // The suggestion is better than AdamW in each.
    #expect(rows.allSatisfy { $0.split(separator: "|")[3].contains(", −") })
  }
}
