//===--- Report.swift - the command for a page ----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import Commands
import Foundation

/// Writes a page with charts of results.
struct Report: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "Benchmarks report",
    abstract: "Writes one HTML page with charts of results.",
    discussion: """
      The page needs no network, and follows its reader's light or dark mode. It \
      has a section for each kind of results that the files hold: time over size \
      with the caches marked, the ratio to the ceiling, threads, tensors, \
      options, bytes of the state against speed and error, checkpoints, other \
      optimizers. Charts of several files name the file, so that versions or \
      machines can be compared.

      Files are those of `Benchmarks --json`, `scripts/compare-peers --json` and \
      `scripts/storage --json`. Without a file, the benchmark runs first, with \
      all defaults.
      """)

  @Argument(help: "Results of earlier runs.")
  var files: [String] = []

  @Option(
    help: ArgumentHelp("The page to write.", valueName: "file"))
  var output = "report.html"

  @Flag(help: "Measure for less than 20 seconds, if no file is given.")
  var quick = false

  func validate() throws {
    if quick && !files.isEmpty {
      throw ValidationError("--quick: nothing is measured if files are given.")
    }
    try requireWritable("--output", output)
  }

  func run() throws {
    var runs = files.isEmpty ? [try measured()] : try files.map(Self.read)
    runs.shortenNames()
    let page = try ReportPage(runs).html
    try Data(page.utf8).write(to: URL(filePath: output))
    print(output)
  }

  private static func read(_ file: String) throws -> MeasuredRun {
    do {
      return try MeasuredRun(file, Data(bytes(of: file)))
    } catch let refusal as MeasuredRun.Refusal {
      throw ValidationError("\(refusal).")
    } catch let failure as UnreadableFile {
      throw ValidationError("\(failure)")
    }
  }

  private func measured() throws -> MeasuredRun {
    try rerunInReleaseIfNeeded(
      "Benchmarks", because: "where times mean nothing")
    let benchmark = try Benchmarks.parse(quick ? ["--quick"] : [])
    return try MeasuredRun(
      "this run", JSONFile.content(of: benchmark.measured()))
  }
}
