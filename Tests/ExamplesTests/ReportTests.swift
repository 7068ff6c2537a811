//===--- ReportTests.swift - a page from files of results -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Foundation
import TestSupport
import Testing

@Suite struct `The report of the benchmark` {
  private static let rows = """
    [
      {"scenario": "flat", "state": "loop", "scalar": "Float", "count": 1000,
       "threads": 1, "engine": "fused", "nanosecondsPerParameter": 2.5,
       "ratioToCeiling": 1.5, "machine": "A <b>processor</b> & more",
       "cacheByteCounts": {"L1": 20000, "L9": 2000000000000}},
      {"scenario": "flat", "state": "loop", "scalar": "Float", "count": 5000,
       "threads": 1, "engine": "fused", "nanosecondsPerParameter": 2.0,
       "ratioToCeiling": 1.25},
      {"scenario": "flat", "state": "loop", "scalar": "Float", "count": 5000,
       "threads": 4, "engine": "fused", "nanosecondsPerParameter": 0.625,
       "ratioToCeiling": 1.75},
      {"scenario": "tensors", "state": "repeated", "scalar": "Float",
       "count": 7, "threads": 1, "engine": "blas",
       "nanosecondsPerParameter": 3.25},
      {"scenario": "options", "state": "repeated", "scalar": "Float",
       "count": 8000, "threads": 1, "engine": "blas", "option": "clip & <skip>",
       "nanosecondsPerParameter": 3.0, "ratioToPlain": 1.125},
      {"scenario": "storage", "state": "repeated", "scalar": "Float",
       "count": 8000, "threads": 1, "engine": "fused", "storage": "compact",
       "nanosecondsPerParameter": 1.0, "stateBytesPerParameter": 6.03},
      {"scenario": "checkpoints", "scalar": "Double", "count": 8000,
       "threads": 1, "transfer": "save", "gigabytesPerSecond": 0.875,
       "nanosecondsPerParameter": 9.0}
    ]
    """

  private static let peers = """
    {
      "machine": "another", "versions": {"numpy": "numpy 9.8"},
      "times": [
        {"state": "loop", "count": 1000, "threads": 2, "rows": {
          "NumPy": {"nanosecondsPerParameter": 17.5}}}
      ],
      "errors": [{"name": "NumPy", "errors": {"1000": 1e-5, "10000": 0}}]
    }
    """

  private static let errors = """
    {"storageErrors": [{"noise": 0.5, "steps": 300, "rows": [
      {"name": "compact", "errors": {"m2": 0.00175, "nu": 0.002}}]}]}
    """

  /// The page of files with some contents, and the complaints of the program.
  private func report(
    _ contents: KeyValuePairs<String, String>
  ) throws -> (run: ProgramRun, page: String) {
    let folder = try TemporaryFolder()
    for (name, text) in contents {
      let parent = folder.file(name).split(separator: "/").dropLast()
      try FileManager.default.createDirectory(
        atPath: "/" + parent.joined(separator: "/"),
        withIntermediateDirectories: true)
      try write(Array(text.utf8), to: folder.file(name))
    }
    let page = folder.file("page.html")
    let run = try ProgramRun(
      "Benchmarks",
      ["report", "--output", page] + contents.map { folder.file($0.key) },
      in: folder)
    let bytes = (try? content(of: page)) ?? []
    return (run, String(decoding: bytes, as: UTF8.self))
  }

  @Test func `has a section for each kind of results`() throws {
    let (run, page) = try report([
      "rows.json": Self.rows, "peers.json": Self.peers,
      "errors.json": Self.errors,
    ])
    #expect(run.status == 0 && run.complaints.isEmpty)
    let names = [
      "engines", "ceiling", "threads", "tensors", "options", "storages",
      "storage-errors", "checkpoints", "peers", "peer-errors",
    ]
    #expect(
      names.filter { !page.contains("<section id=\"\($0)\">") } == [])
    #expect(names.filter { !page.contains("<a href=\"#\($0)\">") } == [])
    for text in [
      "Float, in a training loop, 4 threads", "L1", "fused, 4 threads",
      "compact, 6.0 B", "0.00175", "Noise 0.5, 300 steps", "save, 1 thread",
      "0.875", "1.12", "In a training loop, 2 threads", "NumPy", "numpy 9.8",
      "after 1,000 steps",
    ] {
      #expect(page.contains(text), "\(text)")
    }
    // A cache far beyond the sizes has no place on the axis.
    #expect(!page.contains("L9<"))
  }

  @Test func `leaves out sections without results`() throws {
    let (_, page) = try report(["errors.json": Self.errors])
    #expect(page.ranges(of: "<section").count == 1)
    #expect(page.contains("id=\"storage-errors\""))
  }

  @Test func `has the texts of files as texts`() throws {
    let (_, page) = try report(["a<i>b.json": Self.rows])
    #expect(page.contains("A &lt;b&gt;processor&lt;/b&gt; &amp; more"))
    #expect(page.contains("clip &amp; &lt;skip&gt;"))
    #expect(page.contains("a&lt;i&gt;b"))
    #expect(!page.contains("<i>") && !page.contains("<b>"))
  }

  @Test func `compares files by their names`() throws {
    let (_, page) = try report([
      "new/flat.json": Self.rows, "old/flat.json": Self.rows,
    ])
    #expect(page.contains("fused, new/flat<"))
    #expect(page.contains("fused, old/flat<"))
  }

  @Test func `needs nothing but itself, in both modes`() throws {
    let (_, page) = try report(["rows.json": Self.rows])
    #expect(page.contains("prefers-color-scheme:dark"))
    #expect(page.contains("color-scheme:light dark"))
    let addresses = page.ranges(of: "http").map {
      page[$0.lowerBound...].prefix(26)
    }
    // The name of the language of pictures, which nothing is loaded from.
    #expect(Set(addresses) == ["http://www.w3.org/2000/svg"])
    #expect(!page.contains("<script") && !page.contains("src="))
  }

  @Test(arguments: [
    ("", "no JSON"), ("nothing", "no JSON"), ("[", "no JSON"), ("[]", "empty"),
    ("{}", "lacks 'times'"), ("[{\"scenario\": \"flat\"}]", "lacks 'scalar'"),
    (
      "[{\"scenario\": \"flat\", \"scalar\": 3}]",
      "'scalar' is no value of its type"
    ),
  ])
  func `refuses a file without results by its name`(
    content: String, reason: String
  ) throws {
    let (run, page) = try report([
      "rows.json": Self.rows, "strange.json": content,
    ])
    #expect(run.status == 64 && run.printed.isEmpty && page.isEmpty)
    #expect(run.complaints.contains("strange.json has no results of"))
    #expect(run.complaints.contains(reason))
  }

  @Test(arguments: [
    (["/nothing/there.json"], "/nothing/there.json"),
    (["--output", "/nothing/page.html"], "--output /nothing/page.html"),
    (["--quick", "rows.json"], "--quick"), (["--nothing"], "--nothing"),
  ])
  func `says which argument it cannot use`(
    arguments: [String], complaint: String
  ) throws {
    let folder = try TemporaryFolder()
    let output = arguments.contains("--output")
    let run = try ProgramRun(
      "Benchmarks",
      ["report"] + arguments
        + (output ? [] : ["--output", folder.file("page.html")]), in: folder)
    #expect(run.status == 64 && run.printed.isEmpty)
    #expect(run.complaints.contains(complaint))
  }
}
