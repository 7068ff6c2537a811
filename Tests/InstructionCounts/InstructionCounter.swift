//===--- InstructionCounter.swift - work between the marks of callgrind ---===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import CInstructionMarks

/// Marks work for callgrind, and prints a line for each figure.
enum InstructionCounter {
  /// Counts the instructions of some calls, as the mean of one.
  static func count(
    _ name: String, calls: Int, _ work: () throws -> Void
  ) rethrows {
    try count(name, divisor: calls) { for _ in 0..<calls { try work() } }
  }

  /// Counts the instructions of a kernel, as the mean of an element.
  static func countKernel(_ name: String, elements: Int, _ work: () -> Void) {
    count(name, divisor: elements, work)
  }

  /// Work that went before is not counted. It looks up functions of other
  /// libraries, and makes memory that later calls use again.
  private static func count(
    _ name: String, divisor: Int, _ work: () throws -> Void
  ) rethrows {
    try work()
    counting_begins()
    try work()
    counting_ends()
    print("\(divisor) \(name)")
  }
}
