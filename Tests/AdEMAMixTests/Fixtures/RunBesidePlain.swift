//===--- RunBesidePlain.swift - the library and the equations, in step ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport

/// A run of the library beside one of the plain equations, through the same
/// events.
struct RunBesidePlain<Scalar: OptimizerScalar>: ~Copyable {
  private var run: ScenarioRun<Scalar>
  private var plain: PlainOptimizer
  private let tolerance: Double
  /// An event that the equations are not told of: a fault for tests of tests.
  private let isHidden: (Scenario.Event) -> Bool

  init(
    _ scenario: Scenario, tolerance: Double,
    hiding isHidden: @escaping (Scenario.Event) -> Bool = { _ in false }
  ) throws {
    run = try ScenarioRun(scenario)
    plain = PlainOptimizer(
      run.optimizer.layout, run.parameters.map { Double($0) },
      clock: scenario.clock, averageDecay: scenario.averageDecay,
      margin: tolerance)
    plain.options = scenario.options
    self.tolerance = tolerance
    self.isHidden = isHidden
  }

  /// Lets all events happen.
  ///
  /// - Returns: The first event after which the two differ, and in what.
  mutating func mismatch() throws -> String? {
    for (index, event) in run.scenario.events.enumerated() {
      if let found = try mismatch(after: event) {
        return "after event \(index): \(found)"
      }
    }
    return nil
  }

  private mutating func mismatch(after event: Scenario.Event) throws -> String?
  {
    let gradients =
      switch event {
      case .step(let gradient), .update(let gradient):
        run.elements(of: gradient).map { Double($0) }
      default: [Double]()
      }
    let before = plain
    let memory = run.parameters
    var expected = answer(to: event, gradients)
    let bits = expected.error == nil ? [] : run.bits
    let answer = try run.apply(event)
    if answer.error != expected.error {
      return "\(answer.error ?? "no error"), not \(expected.error ?? "none")"
    }
    if answer.error != nil {
      // The update is of another count where a call refuses it.
      let update = (answer.update ?? memory).map { TestSupport.bits($0) }
      guard run.bits == bits, update == memory.map({ TestSupport.bits($0) })
      else { return "state after an error" }
    }
    let first = mismatch(answer, expected.report)
    let undecided = plain.undecided
    if first == nil || undecided.isEmpty { return first }
    // Rounding decides on these signs, so that either is right, and the run
    // goes on with the library's. More than a few at once are no coincidence.
    guard undecided.count <= 6 else { return "\(undecided.count) signs" }
    for choice in 1..<(1 << undecided.count) {
      plain = before
      let indices = undecided.indices.filter { choice >> $0 & 1 == 1 }
      plain.flipped = Set(indices.map { undecided[$0] })
      expected = self.answer(to: event, gradients)
      plain.flipped = []
      if mismatch(answer, expected.report) == nil { return nil }
    }
    return first
  }

  private mutating func answer(
    to event: Scenario.Event, _ gradients: [Double]
  ) -> (report: PlainReport?, error: String?) {
    plain.undecided = []
    if isHidden(event) { return (nil, nil) }
    do throws(AdEMAMixError) {
      return (try plain.apply(event, gradients), nil)
    } catch {
      return (nil, error.description)
    }
  }

  // MARK: - Comparisons

  private func mismatch(
    _ answer: ScenarioRun<Scalar>.Answer, _ expected: PlainReport?
  ) -> String? {
    if let report = answer.report {
      guard let expected else { return "a report" }
      if let found = mismatch(report, expected) { return found }
      if let update = answer.update {
        let found = difference(
          "update", update, expected.update ?? [], least: 1)
        if found != nil { return found }
      }
    } else if expected != nil {
      return "no report"
    }
    return difference("parameters", run.parameters, plain.parameters, least: 1)
      ?? mismatchOfAverage() ?? mismatchOfState()
  }

  private func mismatchOfAverage() -> String? {
    guard let average = try? run.average.values() else { return "no average" }
    return difference("average", average, plain.average, least: 1)
  }

  private func mismatchOfState() -> String? {
    let counts = [
      run.optimizer.stepCount, run.optimizer.skippedStepCount,
      run.optimizer.zeroedElementCount, run.optimizer.accumulatedGradientCount,
    ]
    let expected = [
      plain.stepCount, plain.skippedStepCount, plain.zeroedElementCount,
      plain.batchCount,
    ]
    guard counts == expected else {
      return "\(counts) steps, skipped, zeroed, accumulated, not \(expected)"
    }
    guard run.optimizer.layout.groups == plain.groups else { return "groups" }
    for (index, actual) in run.optimizer.copyMoments().enumerated() {
      let group = plain.groups[index]
      let expected = plain.moments(of: index)
      var counts = actual.stepCounts
      // Nothing goes by the clock of a moment without elements.
      if actual.fast.isEmpty { counts.fast = expected.stepCounts.fast }
      guard actual.slow.isEmpty || counts == expected.stepCounts else {
        return "clocks of \(group.name): \(actual.stepCounts), "
          + "not \(expected.stepCounts)"
      }
      for (name, actual, expected) in [
        ("fast", actual.fast, expected.fast),
        ("slow", actual.slow, expected.slow),
        ("second", actual.second, expected.second),
      ] {
        if let found = difference(
          "\(name) moment of \(group.name)", actual, expected, least: 1e-30)
        {
          return found
        }
      }
    }
    return nil
  }

  private func mismatch(
    _ report: StepReport, _ expected: PlainReport
  ) -> String? {
    guard report.outcome == expected.outcome else {
      return "outcome \(report.outcome), not \(expected.outcome)"
    }
    guard report.zeroedElementCount == expected.zeroedElementCount else {
      return "\(report.zeroedElementCount) zeroed, "
        + "not \(expected.zeroedElementCount)"
    }
    guard
      isClose(report.gradientNorm ?? -1, expected.gradientNorm ?? -1),
      isClose(report.clipFactor, expected.clipFactor)
    else {
      return "norm \(report.gradientNorm ?? -1), factor \(report.clipFactor), "
        + "not \(expected.gradientNorm ?? -1), \(expected.clipFactor)"
    }
    guard let diagnostics = report.diagnostics else {
      return expected.groups.isEmpty ? nil : "no diagnostics"
    }
    guard
      diagnostics.stepCount == plain.stepCount,
      diagnostics.skippedStepCount == plain.skippedStepCount,
      isClose(diagnostics.clipFactor, expected.clipFactor),
      diagnostics.groups.map(\.name) == expected.groups.map(\.name)
    else { return "head of \(diagnostics)" }
    var total = PlainMeasurement()
    for (group, expected) in zip(diagnostics.groups, expected.groups) {
      total.add(expected.measured)
      guard isClose(group.learningRate, expected.learningRate) else {
        return "learning rate of \(group)"
      }
      if let found = mismatch(group.measurement, expected.measured) {
        return "\(found) in \(group)"
      }
    }
    return mismatch(diagnostics.total, total).map {
      "\($0) in the total \(diagnostics.total)"
    }
  }

  private func mismatch(
    _ measured: StepDiagnostics.Measurement, _ sums: PlainMeasurement
  ) -> String? {
    guard measured.count == sums.count else { return "count" }
    guard measured.limitedCount == sums.limitedCount else {
      return "limitedCount: \(sums.limitedCount) expected"
    }
    // Of what is not finite, each measurement is NaN.
    let expected = sums.withNaN
    let count = Double(max(sums.count, 1))
    for (name, actual, square) in [
      ("gradientRMS", measured.gradientRMS, expected.gradient),
      ("fastRMS", measured.fastRMS, expected.fast),
      ("slowRMS", measured.slowRMS, expected.slow),
      ("secondRMS", measured.secondRMS, expected.second),
      ("updateRMS", measured.updateRMS, expected.update),
    ] {
      let expected = (square / count).squareRoot()
      if !isClose(actual, expected) { return "\(name): \(expected) expected" }
    }
    // Quotients of 0 are not defined.
    if expected.fast == 0 || expected.fastTerm == 0 { return nil }
    let ratio = (expected.slowTerm / expected.fastTerm).squareRoot()
    if !isClose(measured.slowToFastRatio, ratio) {
      return "slowToFastRatio: \(ratio) expected"
    }
    let factor = (expected.bothTerms / expected.fastTerm).squareRoot()
    let square = measured.effectiveLearningRateFactor
    // Squared, and relative to the two terms: they may cancel.
    let distance = abs(square * square - factor * factor)
    if !(distance <= tolerance * (1 + ratio) * (1 + ratio)),
      !(square.isNaN && factor.isNaN)
    {
      return "effectiveLearningRateFactor: \(factor) expected"
    }
    if expected.slow == 0 { return nil }
    let cosine =
      expected.fastSlow
      / (expected.fast.squareRoot() * expected.slow.squareRoot())
    let isEqual =
      abs(measured.fastSlowCosine - cosine) <= tolerance
      || measured.fastSlowCosine.isNaN && cosine.isNaN
    return isEqual ? nil : "fastSlowCosine: \(cosine) expected"
  }

  private func isClose(_ actual: Double, _ expected: Double) -> Bool {
    actual == expected || actual.isNaN && expected.isNaN
      || abs(actual - expected) <= tolerance * abs(expected)
  }

  /// Compares elements relative to the largest, or to `least`.
  private func difference(
    _ name: String, _ actual: [Scalar], _ expected: [Double], least: Double
  ) -> String? {
    guard actual.count == expected.count else {
      return "\(actual.count) elements of \(name), not \(expected.count)"
    }
    let scale = expected.reduce(least) { $1.isFinite ? max($0, abs($1)) : $0 }
    for (index, (actual, expected)) in zip(actual, expected).enumerated() {
      let actual = Double(actual)
      if actual == expected || actual.isNaN && expected.isNaN { continue }
      if !(abs(actual - expected) <= tolerance * scale) {
        return "element \(index) of \(name) is \(actual), not \(expected)"
      }
    }
    return nil
  }
}
