//===--- Table.swift - results for people ---------------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Foundation

/// The results of one subject as lines of aligned columns.
struct Table: CustomStringConvertible {
  private let subject: Subject
  private let results: [Result]

  init(_ subject: Subject, _ results: [Result]) {
    self.subject = subject
    self.results = results
  }

  var description: String {
    var lines = [Style.bold(subject.title), Style.faint(header)]
    for (index, result) in results.enumerated() {
      // A gap between thread counts.
      if index > 0, results[index - 1].threads != result.threads {
        lines.append("")
      }
      lines.append(row(result))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var isTensors: Bool { subject.scenario == .tensors }

  private var header: String {
    line(
      "", "threads", "ns/param", "best", "GB/s", "x naive", "x ceiling",
      isTensors ? "x flat" : "")
  }

  private func row(_ result: Result) -> String {
    let isCounterpart = isTensors && result.scenario == .flat
    return line(
      result.engine.rawValue + (isCounterpart ? ", flat" : ""),
      String(result.threads), number(result.nanosecondsPerParameter, 3),
      number(result.nanosecondsPerParameterMinimum, 3),
      number(result.gigabytesPerSecond, 1),
      number(result.speedupOverNaive, 2), number(result.ratioToCeiling, 2),
      ratioToFlat(result).map { number($0, 2) } ?? "")
  }

  /// The time of a list of tensors over that of one buffer of the same total.
  private func ratioToFlat(_ result: Result) -> Double? {
    guard result.scenario == .tensors else { return nil }
    let flat = results.first {
      $0.scenario == .flat && $0.engine == result.engine
        && $0.threads == result.threads
    }
    return flat.map {
      result.nanosecondsPerParameter / $0.nanosecondsPerParameter
    }
  }

  /// The first column to the left, the others to the right.
  private func line(_ name: String, _ columns: String...) -> String {
    let first = "  " + name + String(repeating: " ", count: 13 - name.count)
    return columns.filter { !$0.isEmpty }.reduce(first) { line, column in
      line + String(repeating: " ", count: max(1, 11 - column.count)) + column
    }
  }

  private func number(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }
}
