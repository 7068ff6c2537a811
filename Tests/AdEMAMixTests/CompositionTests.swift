//===--- CompositionTests.swift - against optax's chains and wrappers -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

@Suite struct `Compositions` {
  @Test(arguments: Composition.names, StepEngine.allCases)
  func `in Double follow the equations and optax`(
    name: String, engine: StepEngine
  ) throws {
    let composition = try Composition.named(name)
    let ours = try composition.history(engine, Double.self)
    let expected = composition.expected
    for (record, call) in composition.recordedCalls.enumerated() {
      expectEqual(
        ours.parameters[record], expected.parameters[record].values,
        "parameters after \(call) calls")
      expectEqual(
        ours.m1[record], expected.m1[record].values, "m1 after \(call) calls")
      expectEqual(
        ours.m2[record], expected.m2[record].values, "m2 after \(call) calls")
      expectEqual(
        ours.nu[record], expected.nu[record].values, "nu after \(call) calls")
      if let optax = composition.optaxFloat64Parameters {
        expectEqual(
          ours.parameters[record], optax[record].values,
          "optax's parameters after \(call) calls")
      }
    }
  }

  /// So few elements leave the rounding of a moment to luck, and not all of
  /// this is in optax: there, four roundings of the whole are allowed.
  @Test(arguments: Composition.names, [StepEngine.blas, .fused])
  func `in Float are as close to Double as optax's own, or to rounding`(
    name: String, engine: StepEngine
  ) throws {
    let composition = try Composition.named(name)
    let ours = try composition.history(engine, Float.self)
    let (optax, exact) = (composition.optaxFloat32, composition.expected)
    let moments = [
      ("m1", ours.m1, optax?.m1, exact.m1),
      ("m2", ours.m2, optax?.m2, exact.m2),
      ("nu", ours.nu, optax?.nu, exact.nu),
    ]
    for (moment, ours, optax, exact) in moments {
      let optaxDistance = optax.map { distance($0.map(\.values), exact) } ?? 0
      #expect(
        distance(ours, exact) <= max(optaxDistance, rounding(of: exact)),
        "\(moment)")
    }
    let parameters = distance(ours.parameters, exact.parameters)
    if let optax {
      let theirs = optax.parameters.map(\.values)
      #expect(parameters <= distance(theirs, exact.parameters))
    } else {
      #expect(parameters <= rounding(of: exact.parameters))
    }
  }

  /// Four roundings of the Euclidean norm to Float.
  private func rounding(of exact: [Numbers<Double>]) -> Double {
    let squares = exact.lazy.flatMap(\.values).map { $0 * $0 }
    let norm = squares.reduce(0, +).squareRoot()
    return 2 * Double(Float.ulpOfOne) * norm
  }

  @Test(arguments: Composition.names, StepEngine.allCases)
  func `report what became of each gradient`(
    name: String, engine: StepEngine
  ) throws {
    let composition = try Composition.named(name)
    var reports: [StepReport] = []
    _ = try composition.history(engine, Double.self) { reports.append($0) }
    #expect(reports.count == composition.reports.count)
    for (report, expected) in zip(reports, composition.reports) {
      #expect(report.outcome == expected.outcome)
      #expect(report.zeroedElementCount == expected.zeroedElementCount)
      if let norm = expected.gradientNorm {
        expectEqual([report.gradientNorm ?? .nan], [norm], "norm")
      }
      if let factor = expected.clipFactor {
        expectEqual([report.clipFactor], [factor], "factor")
      }
    }
  }
}

extension Composition {
  /// Runs it, and hands the report of each call over.
  fileprivate func history<Scalar: OptimizerScalar>(
    _ engine: StepEngine, _: Scalar.Type,
    reporting: (StepReport) -> Void = { _ in }
  ) throws -> History<Scalar> {
    var optimizer = try optimizer(engine, Scalar.self)
    var parameters = initialParameters.values.map { Scalar($0) }
    var updates = parameters
    let gradients = gradients.values.map { Scalar($0) }
    var history = History<Scalar>()
    for call in 1...calls {
      for edit in edits where edit.beforeCall == call {
        try edit.event.apply(to: &optimizer)
      }
      let end = call * parameters.count
      let gradient = Array(gradients[(end - parameters.count)..<end])
      reporting(
        form == .updateAlone
          ? try optimizer.make(
            .writeUpdate, .array, &updates, gradient, options.options)
          : try optimizer.step(
            .array, &parameters, gradients: gradient, options.options))
      if recordedCalls.contains(call) {
        history.record(
          form == .updateAlone ? updates : parameters, optimizer)
      }
    }
    // Its only average is our slow moment, and the first of the fixture.
    if form == .simplified { swap(&history.m1, &history.m2) }
    return history
  }

  /// The optimizer before the first call.
  private func optimizer<Scalar: OptimizerScalar>(
    _ engine: StepEngine, _: Scalar.Type
  ) throws -> AdEMAMix<Scalar> {
    var optimizer = try AdEMAMix<Scalar>(
      try layout(), clock: clock, engine: engine)
    optimizer.options = options.options.options
    if let adamW {
      try optimizer.restore(
        stepCount: adamW.steps,
        moments: [
          .adamW(
            stepCount: adamW.steps, first: adamW.m1.values.map { Scalar($0) },
            second: adamW.nu.values.map { Scalar($0) })
        ])
    }
    return optimizer
  }
}
