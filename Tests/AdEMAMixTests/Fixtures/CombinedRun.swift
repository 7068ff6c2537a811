//===--- CombinedRun.swift - a script beside its plain reference ----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// An optimizer and its reference, which live through the same events.
struct CombinedRun<Scalar: OptimizerScalar>: ~Copyable {
  private let shape: CallShape
  private let tolerance: Double
  private var optimizer: AdEMAMix<Scalar>
  private var plain: PlainOptimizer
  private var parameters: [Scalar]
  private var expected: [Double]
  /// Where the signs of the step under way come from.
  private var signs: UInt64 = 0

  init(_ script: CombinedScript, tolerance: Double) throws {
    shape = script.shape
    self.tolerance = tolerance
    optimizer = try script.optimizer()
    plain = PlainOptimizer(script.layout, clock: script.clock)
    parameters = script.parameters()
    expected = parameters.map { Double($0) }
  }

  /// Lets an event happen. Returns in what the two differ afterwards.
  mutating func mismatch(after event: CombinedScript.Event) throws -> String? {
    // Whether accumulated gradients survive these is not documented.
    switch event {
    case .adamW, .restore: if plain.batchCount > 0 { return nil }
    default: break
    }
    if case .step(let gradient, let isUpdate) = event {
      if let found = try mismatch(afterStep: gradient, isUpdate: isUpdate) {
        return found
      }
    } else {
      let untouched = optimizer.moments().map(\.bits)
      let layout = optimizer.layout
      let expected = error { try plain.apply(event) }
      let found = error { try optimizer.apply(event) }
      guard found == expected else {
        return "\(found ?? "no error"), not \(expected ?? "none")"
      }
      if found != nil {
        guard optimizer.moments().map(\.bits) == untouched else {
          return "moments after an error"
        }
        guard optimizer.layout == layout else { return "layout after an error" }
      }
    }
    return mismatchOfState()
  }

  private mutating func mismatch(
    afterStep gradient: CombinedGradient, isUpdate: Bool
  ) throws -> String? {
    // Other gradients where a sign is so near to changing that rounding could
    // decide on it.
    if plain.batchCount == 0 { signs = gradient.seed }
    var attempt = 0
    var result = plainStep(gradient, isUpdate: isUpdate, attempt: 0)
    while plain.options.isCautious,
      result.plain.smallestMargin < tolerance,
      attempt < 50
    {
      attempt += 1
      result = plainStep(gradient, isUpdate: isUpdate, attempt: attempt)
    }
    let gradients: [Scalar] = gradient.values(
      parameters.count, signs: signs, attempt: attempt)
    plain = result.plain

    var outcome = parameters
    let untouched = result.error == nil ? [] : optimizer.moments().map(\.bits)
    do {
      let report =
        isUpdate
        ? try optimizer.writeUpdate(shape, &outcome, gradients: gradients)
        : try optimizer.step(shape, &outcome, gradients: gradients)
      guard let expected = result.report else {
        return "no error, but \(result.error ?? "one") was expected"
      }
      if let found = mismatch(report, expected) { return found }
    } catch {
      guard "\(error)" == result.error else {
        return "\(error), not \(result.error ?? "success")"
      }
      guard outcome.map({ bits($0) }) == parameters.map({ bits($0) }) else {
        return "memory after an error"
      }
      guard optimizer.moments().map(\.bits) == untouched else {
        return "moments after an error"
      }
    }
    if let found = difference(
      isUpdate ? "update" : "parameter", outcome, result.parameters, least: 1)
    {
      return found
    }
    if !isUpdate { (parameters, expected) = (outcome, result.parameters) }
    return nil
  }

  private struct PlainResult {
    var plain: PlainOptimizer
    var parameters: [Double]
    var report: PlainReport?
    var error: String?
  }

  private func plainStep(
    _ gradient: CombinedGradient, isUpdate: Bool, attempt: Int
  ) -> PlainResult {
    let gradients: [Scalar] = gradient.values(
      parameters.count, signs: signs, attempt: attempt)
    var result = PlainResult(plain: plain, parameters: expected)
    do throws(AdEMAMixError) {
      result.report = try result.plain.step(
        &result.parameters, gradients: gradients.map { Double($0) },
        writesUpdate: isUpdate)
    } catch {
      result.error = "\(error)"
    }
    return result
  }

  // MARK: - Comparisons

  private func mismatchOfState() -> String? {
    guard
      optimizer.stepCount == plain.stepCount,
      optimizer.skippedStepCount == plain.skippedStepCount,
      optimizer.zeroedElementCount == plain.zeroedElementCount
    else {
      return "counts of \(optimizer.stepCount) steps, "
        + "\(optimizer.skippedStepCount) skipped, "
        + "\(optimizer.zeroedElementCount) zeroed"
    }
    guard optimizer.layout.groups == plain.groups else { return "groups" }
    for (index, actual) in optimizer.moments().enumerated() {
      let group = plain.groups[index]
      let expected = plain.moments(of: index)
      var counts = actual.stepCounts
      // Nothing goes by the clock of a moment without elements.
      if actual.fast.isEmpty { counts.fast = expected.stepCounts.fast }
      guard actual.slow.isEmpty || counts == expected.stepCounts else {
        return "clocks of \(group.name): \(actual.stepCounts), "
          + "not \(expected.stepCounts)"
      }
      let moments = [
        ("fast", actual.fast, expected.fast),
        ("slow", actual.slow, expected.slow),
        ("second", actual.second, expected.second),
      ]
      for (name, actual, expected) in moments {
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
    return mismatch(diagnostics, expected)
  }

  private func mismatch(
    _ diagnostics: Diagnostics, _ expected: PlainReport
  ) -> String? {
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
    _ measured: Diagnostics.Measurement, _ expected: PlainMeasurement
  ) -> String? {
    guard measured.count == expected.count else { return "count" }
    // What a moment that is not finite does to the others is not documented.
    guard expected.isFinite else { return nil }
    let count = Double(max(expected.count, 1))
    let pairs = [
      ("gradientRMS", measured.gradientRMS, expected.gradient),
      ("fastRMS", measured.fastRMS, expected.fast),
      ("slowRMS", measured.slowRMS, expected.slow),
      ("secondRMS", measured.secondRMS, expected.second),
      ("updateRMS", measured.updateRMS, expected.update),
    ]
    for (name, actual, square) in pairs {
      let expected = (square / count).squareRoot()
      if !isClose(actual, expected) { return "\(name): \(expected) expected" }
    }
    // Quotients of 0 are not defined.
    guard expected.fast > 0, expected.fastTerm > 0 else { return nil }
    let ratio = (expected.slowTerm / expected.fastTerm).squareRoot()
    if !isClose(measured.slowToFastRatio, ratio) {
      return "slowToFastRatio: \(ratio) expected"
    }
    let factor = (expected.bothTerms / expected.fastTerm).squareRoot()
    let square = measured.effectiveLearningRateFactor
    // Squared, and relative to the two terms: they may cancel.
    if !(abs(square * square - factor * factor)
      <= tolerance * (1 + ratio) * (1 + ratio))
    {
      return "effectiveLearningRateFactor: \(factor) expected"
    }
    guard expected.slow > 0 else { return nil }
    let cosine =
      expected.fastSlow
      / (expected.fast.squareRoot() * expected.slow.squareRoot())
    return abs(measured.fastSlowCosine - cosine) <= tolerance
      ? nil : "fastSlowCosine: \(cosine) expected"
  }

  private func isClose(_ actual: Double, _ expected: Double) -> Bool {
    actual == expected || actual.isNaN && expected.isNaN
      || abs(actual - expected) <= tolerance * abs(expected)
  }

  /// Elements are compared relative to the largest, or to `least`.
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

/// The description of what is thrown: NaN in an error equals nothing.
private func error(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return "\(error)"
  }
}
