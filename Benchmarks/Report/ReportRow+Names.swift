//===--- ReportRow+Names.swift - rows in words ----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension ReportRow {
  /// The type and the state, such as "Float, step after step".
  var circumstances: String { "\(scalar)\(stateText)" }

  private var stateText: String {
    state.map { ", " + Self.text(state: $0) } ?? ""
  }

  var threadText: String { Self.text(threads: threads) }

  /// The engine, and its instructions where they are not the widest.
  var engineText: String {
    let widest = instructionSet == nil || instructionSet == "avx512"
    return (engine ?? "") + (widest ? "" : ", \(instructionSet ?? "")")
  }

  static func text(state: String) -> String {
    state == "loop" ? "in a training loop" : "step after step"
  }

  static func text(threads: Int) -> String {
    threads == 1 ? "1 thread" : "\(threads) threads"
  }
}
