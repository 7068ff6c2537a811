//===--- MissingMPI.swift - a command that was built without MPI ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import ArgumentParser

/// The error of a command for several processes, in a program built without
/// MPI.
///
/// - Parameter script: The script that builds the program with MPI, and runs
///   the command.
/// - Returns: An error that names the trait and the script.
package func missingMPI(_ script: String) -> ValidationError {
  ValidationError(
    "'ranks' needs a build with the package trait MPI: \(script)")
}
