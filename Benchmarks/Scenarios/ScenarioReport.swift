//===--- ScenarioReport.swift - the results of one scenario ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The results of one scenario.
struct ScenarioReport {
  let table: Table
  /// The objects of the file.
  let rows: [any Encodable]
}

extension Scenario {
  /// Measures everything that was asked for, and the times that ratios need.
  func report(
    _ effort: Effort, _ gap: Gap, _ progress: BenchmarkProgress
  ) throws -> ScenarioReport {
    progress.show("Preparing \(self)", fraction: 0)
    let heats =
      switch scalar {
      case .float: try heats(Float.self)
      case .double: try heats(Double.self)
      }
    let otherWork = state == .loop ? try OtherWork(gap) : nil
    let times = try Rounds(
      heats, effort, otherWork: otherWork.map { work in { work.run() } }
    ).times { label, fraction in
      progress.show("\(self): \(label)", fraction: fraction)
    }
    let best = Dictionary(times.map { ($0.label, $0) }) {
      $0.median <= $1.median ? $0 : $1
    }
    let rows = try rows(best)
    progress.finish()
    return ScenarioReport(
      table: Table(title: title, columns, rows), rows: rows.flatMap(\.self))
  }
}
