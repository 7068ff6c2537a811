//===--- BenchmarkRun.swift - one run of the benchmark --------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Foundation
import TestSupport
import Testing

/// A quick run of the benchmark, and the file that it wrote.
struct BenchmarkRun {
  let status: Int32
  let printed: String
  let complaints: String
  /// The objects of the file.
  let rows: [[String: Any]]

  init(_ arguments: String...) throws { try self.init(arguments) }

  init(_ arguments: [String]) throws {
    let folder = try TemporaryFolder()
    let file = folder.file("results.json")
    let run = try ProgramRun(
      "Benchmarks", arguments + ["--quick", "--json", file], in: folder)
    status = run.status
    printed = run.printed
    complaints = run.complaints
    let data = Data((try? content(of: file)) ?? [])
    let objects = try? JSONSerialization.jsonObject(with: data)
    rows = objects as? [[String: Any]] ?? []
  }

  /// The titles of the tables.
  var titles: [String] {
    printed.split(separator: "\n").map(String.init)
      .filter { $0.hasSuffix(" parameters") || $0.hasSuffix("training loop") }
  }

  /// The least time of a row for each parameter.
  func least(_ row: [String: Any]) throws -> Double {
    try #require(row["nanosecondsPerParameterMinimum"] as? Double)
  }
}
