//===--- ChildProcess.swift - programs that tests start -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import Foundation

/// The path of a program that was built beside the tests.
package func builtProgram(_ name: String) throws -> URL {
  try URL(
    filePath: FileManager.default.destinationOfSymbolicLink(
      atPath: "/proc/self/exe")
  ).deletingLastPathComponent().appending(path: name)
}

/// A program that was built beside the tests, not yet started.
package func prepare(
  _ program: String, _ arguments: [String],
  environment: [String: String] = [:]
) throws -> (process: Process, output: Pipe) {
  let process = Process()
  process.executableURL = try builtProgram(program)
  process.arguments = arguments
  process.environment = ProcessInfo.processInfo.environment
    .merging(environment) { $1 }
  let output = Pipe()
  process.standardOutput = output
  return (process, output)
}

/// Starts a program that was built beside the tests.
package func start(
  _ program: String, _ arguments: [String],
  environment: [String: String] = [:]
) throws -> (process: Process, output: Pipe) {
  let (process, output) = try prepare(
    program, arguments, environment: environment)
  try process.run()
  return (process, output)
}

/// The words that a program prints until it ends by itself, and its status.
package func output(
  of program: String, _ arguments: [String],
  environment: [String: String] = [:]
) throws -> (status: CInt, words: [String]) {
  let (process, pipe) = try start(
    program, arguments, environment: environment)
  let printed = try pipe.fileHandleForReading.readToEnd() ?? Data()
  process.waitUntilExit()
  return (
    process.terminationStatus,
    String(decoding: printed, as: UTF8.self)
      .split(whereSeparator: \.isWhitespace).map(String.init)
  )
}
