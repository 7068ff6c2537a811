//===--- ReleaseBuild.swift - never computes in a debug build -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import ArgumentParser
internal import Glibc
internal import Progress

/// Replaces a debug build of a program with a release build that gets the same
/// arguments.
///
/// The function returns in a release build. In a debug build the function
/// returns only if the environment has the variable `ADEMAMIX_KEEP_DEBUG`, for
/// debuggers and tests.
///
/// - Parameters:
///   - product: The program's name in the package.
///   - reason: The reason not to run a debug build, a relative clause.
/// - Throws: `ExitCode` if no release build can be started.
package func rerunInReleaseIfNeeded(
  _ product: String, because reason: String = "which is slow"
) throws {
  guard isDebugBuild, unsafe getenv("ADEMAMIX_KEEP_DEBUG") == nil else {
    return
  }
  note("Built for debugging, \(reason): running in release.\n")
  let command = [
    "swift", "run", "-c", "release", "--package-path", packagePath, product,
  ]
  let arguments = command + CommandLine.arguments.dropFirst()
  var pointers = unsafe arguments.map { unsafe strdup($0) }
  unsafe pointers.append(nil)
  // Replaces this process, and returns only if that fails.
  unsafe execvp("swift", pointers)
  note(
    "'swift' could not be started: \(unsafe String(cString: strerror(errno))).\n"
  )
  note("Run \(command.joined(separator: " "))\n")
  throw ExitCode.failure
}

/// Whether the program was built for debugging.
package var isDebugBuild: Bool {
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
    .dropLast(3).joined(separator: "/")
}
