//===--- ScenarioOutcome.swift - the bits that a scenario leaves behind ---===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix

/// All that a caller sees of a scenario, to the bit.
package struct ScenarioOutcome: Equatable {
  /// The bits of parameters, updates, moments, averages, and reports.
  package private(set) var words: [UInt64] = []
  /// The bits of diagnostics.
  package private(set) var diagnostics: [UInt64] = []
  /// The errors and outcomes of calls.
  package private(set) var texts: [String] = []

  /// The outcome of a run in which copies are made in the given way, or are
  /// clones.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package init<Scalar: OptimizerScalar>(
    of scenario: Scenario, _: Scalar.Type,
    copy: ((inout ScenarioRun<Scalar>) throws -> Void)? = nil
  ) throws {
    var run = try ScenarioRun<Scalar>(scenario)
    if let copy { run.copy = copy }
    for event in scenario.events {
      let answer = try run.apply(event)
      if let error = answer.error { texts.append(error) }
      if let report = answer.report { add(report) }
      words += (answer.update ?? []).map { bits($0) }
    }
    words += run.bits
    words += try run.average.values().map { bits($0) }
  }

  private mutating func add(_ report: StepReport) {
    texts.append("\(report.outcome), \(report.zeroedElementCount) zeroed")
    words += [report.gradientNorm ?? -1, report.clipFactor].map { bits($0) }
    guard let measured = report.diagnostics else { return }
    for measured in measured.groups.map(\.measurement) + [measured.total] {
      diagnostics += [
        measured.gradientRMS, measured.fastRMS, measured.slowRMS,
        measured.secondRMS, measured.updateRMS, measured.slowToFastRatio,
        measured.fastSlowCosine, measured.effectiveLearningRateFactor,
      ].map { bits($0) }
    }
  }
}
