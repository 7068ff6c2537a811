//===--- ReportPage.swift - results as one page ---------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Numerals

/// A page of HTML with the results of some runs. The page needs nothing but
/// itself, and follows its reader's light or dark mode.
struct ReportPage {
  private let runs: [MeasuredRun]
  private let sections: [ReportSection]

  /// A page of those sections that the runs have results for.
  init(_ runs: [MeasuredRun]) throws {
    self.runs = runs
    sections =
      try [
        Self.engines(runs), Self.ceiling(runs), Self.threads(runs),
        Self.tensors(runs), Self.options(runs), Self.storages(runs),
        Self.storageErrors(runs), Self.checkpoints(runs), Self.peers(runs),
        Self.peerErrors(runs),
      ].filter { !$0.pictures.isEmpty }
  }

  /// The text of the file.
  var html: String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Benchmark of AdEMAMix</title>
    <style>
    \(Self.style)
    </style>
    </head>
    <body>
    <h1>Benchmark of AdEMAMix</h1>
    <nav>\(sections.map(link).joined(separator: " · "))</nav>
    <h2>Runs</h2>
    <table>
    <tr><th>run</th><th>date</th><th>circumstances</th></tr>
    \(runs.map(row).joined(separator: "\n"))
    </table>
    \(sections.map(section).joined(separator: "\n"))
    </body>
    </html>

    """
  }

  private func link(_ section: ReportSection) -> String {
    "<a href=\"#\(section.name)\">\(escaped(section.title))</a>"
  }

  private func row(_ run: MeasuredRun) -> String {
    let cells = [
      run.name, run.facts.date ?? "",
      run.facts.texts.joined(separator: "; "),
    ]
    return "<tr>\(cells.map { "<td>\(escaped($0))</td>" }.joined())</tr>"
  }

  private func section(_ section: ReportSection) -> String {
    """
    <section id="\(section.name)">
    <h2>\(escaped(section.title))</h2>
    <p>\(escaped(section.text))</p>
    <div class="pictures">
    \(section.pictures.map { "<figure>\n\($0)</figure>\n" }.joined())</div>
    </section>
    """
  }

  /// A text for use between two tags.
  private func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
      .replacing(">", with: "&gt;")
  }

  private static let style = """
    :root{color-scheme:light dark;--line:#d0d7de;--ink:#1f2328;--ground:#ffffff}
    @media (prefers-color-scheme:dark){
    :root{--line:#30363d;--ink:#d6dbe1;--ground:#0d1117}a{color:#58a6ff}}
    body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);\
    background:var(--ground);max-width:1240px;margin:0 auto;padding:1rem}
    table{border-collapse:collapse;display:block;overflow-x:auto}
    th,td{border:1px solid var(--line);padding:.3rem .6rem;text-align:left;\
    vertical-align:top}
    p{max-width:46rem}
    .pictures{display:grid;gap:1rem;align-items:start;\
    grid-template-columns:repeat(auto-fill,minmax(min(100%,36rem),1fr))}
    figure{margin:0}
    svg{max-width:100%;height:auto}
    """
}
