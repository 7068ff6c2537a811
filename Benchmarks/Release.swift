//===--- Release.swift - never measures a debug build ---------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import Glibc
import Progress

/// Replaces a debug build with a release build that gets the same arguments.
///
/// Returns only in a release build.
func rerunInReleaseIfNeeded() throws {
  guard isDebugBuild else { return }
  note("Built for debugging, where times mean nothing: running in release.\n")
  let command = [
    "swift", "run", "-c", "release", "--package-path", packagePath,
    Benchmarks._commandName,
  ]
  let arguments = command + CommandLine.arguments.dropFirst()
  var pointers = unsafe arguments.map { unsafe strdup($0) }
  unsafe pointers.append(nil)
  // Replaces this process, and returns only where that failed.
  unsafe execvp("swift", pointers)
  note(
    "'swift' could not be started: \(unsafe String(cString: strerror(errno))).\n"
  )
  note("Run \(command.joined(separator: " "))\n")
  throw ExitCode.failure
}

private var isDebugBuild: Bool {
  #if DEBUG
    true
  #else
    false
  #endif
}

/// The folder that holds Package.swift.
private var packagePath: String {
  let file = #filePath
  return file.split(separator: "/", omittingEmptySubsequences: false)
    .dropLast(2).joined(separator: "/")
}
