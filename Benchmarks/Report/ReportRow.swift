//===--- ReportRow.swift - an object of a file of the benchmark -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A row of an earlier run of the benchmark, as far as the report shows it.
/// Each kind of scenario has some of the fields.
struct ReportRow: Decodable {
  let scenario: String
  let state: String?
  let scalar: String
  let count: Int
  let threads: Int
  let instructionSet: String?
  let nanosecondsPerParameter: Double
  let engine: String?
  let ratioToCeiling: Double?
  let option: String?
  let ratioToPlain: Double?
  let storage: String?
  let stateBytesPerParameter: Double?
  let transfer: String?
  let gigabytesPerSecond: Double?
}
