//===--- ReportItem.swift - a row of a run --------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A row, and the run that it comes from.
struct ReportItem<Row> {
  let run: MeasuredRun
  let row: Row
}
