//===--- ProgramRun.swift - one run of a program beside the tests --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Foundation
import TestSupport

/// The end of a program that was run, and its output.
struct ProgramRun {
  let status: Int32
  let printed: String
  let complaints: String

  /// Runs a program to its end, with a file in `folder` for its complaints.
  init(
    _ name: String, _ arguments: [String], in folder: borrowing TemporaryFolder
  ) throws {
    // A debug build would wait for the one that runs the tests.
    let (process, pipe) = try prepare(
      name, arguments,
      environment: ["ADEMAMIX_KEEP_DEBUG": "1", "NO_COLOR": "1"])
    // A file takes any number of complaints while the output is read.
    let errors = folder.file("complaints")
    try write([], to: errors)
    process.standardError = FileHandle(forWritingAtPath: errors)
    try process.run()
    printed = String(
      decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(),
      as: UTF8.self)
    process.waitUntilExit()
    complaints = String(decoding: try content(of: errors), as: UTF8.self)
    status = process.terminationStatus
  }
}
