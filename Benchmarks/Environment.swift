//===--- Environment.swift - the command for reports of problems ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import ArgumentParser
import Commands
import Foundation
import Numerals

/// Prints the facts that decide the bits and the speed of a step.
struct Environment: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "Benchmarks environment",
    abstract: "Prints what a report of a problem needs.",
    discussion: """
      The system, the compiler and the kind of build, the processor with its \
      caches, the instruction sets of the kernels, OpenBLAS with the core that \
      it has chosen, the processors that this process may use, and the \
      variables of the environment that change threads or cores. No names of \
      users or hosts.
      """)

  func run() throws {
    for (name, value) in Self.facts {
      print(
        "\(name):".padding(toLength: 14, withPad: " ", startingAt: 0) + value)
    }
  }

  private static var facts: [(String, String)] {
    let sets = InstructionSet.available.map(\.name)
    let caches = Machine.cacheByteCounts.sorted { $0.key < $1.key }
      .map { "\($0) \(grouped($1 >> 10)) KiB" }
    let facts = [
      ("system", Machine.system),
      ("Swift", Machine.swiftCompiler),
      ("build", isDebugBuild ? "debug" : "release"),
      ("processor", Machine.processorName),
      ("processors", "\(availableProcessorCount()) to use"),
      ("caches", caches.joined(separator: ", ")),
      (
        "kernels",
        "\(InstructionSet.widest) (of \(sets.joined(separator: ", ")))"
      ),
      ("BLAS", "\(BLASBuild.current)"),
    ]
    return facts + variables.map { ("variable", $0) }
  }

  /// The variables that change threads or the choice of a core.
  private static var variables: [String] {
    let prefixes = [
      "OPENBLAS_", "GOTO_", "OMP_", "GLIBC_TUNABLES", "ADEMAMIX_",
    ]
    return ProcessInfo.processInfo.environment.sorted { $0.key < $1.key }
      .filter { variable in prefixes.contains { variable.key.hasPrefix($0) } }
      .map { "\($0)=\($1)" }
  }
}
