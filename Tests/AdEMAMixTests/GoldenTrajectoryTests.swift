//===--- GoldenTrajectoryTests.swift - against optax, NumPy and the paper -===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Testing

@Suite struct `Trajectories` {
  @Test(arguments: GoldenCase.names, StepEngine.allCases)
  func `in Double follow the equations and optax`(
    name: String, engine: StepEngine
  ) throws {
    let golden = try GoldenCase.named(name)
    let ours = try trajectory(of: golden, engine, Double.self)
    for record in golden.recordedSteps.indices {
      expectEqual(
        ours.parameters[record], golden.expected.parameters[record].values)
      if !ours.m1[record].isEmpty {
        expectEqual(ours.m1[record], golden.expected.m1[record].values)
      }
      expectEqual(ours.m2[record], golden.expected.m2[record].values)
      expectEqual(ours.nu[record], golden.expected.nu[record].values)
      if let optax = golden.optaxFloat64Parameters {
        expectEqual(ours.parameters[record], optax[record].values)
      }
    }
  }

  /// Rounding in Float is luck for a single number, so distances are taken over
  /// all elements and recorded steps. For the random numbers of five more seeds
  /// ours are at most .57 times optax's, special gradients aside: see
  /// scripts/golden, for which this prints the quotients.
  @Test(arguments: GoldenCase.names, [StepEngine.blas, .fused])
  func `in Float are at least as close to Double as optax's own`(
    name: String, engine: StepEngine
  ) throws {
    let golden = try GoldenCase.named(name)
    let ours = try trajectory(of: golden, engine, Float.self)
    let (optax, exact) = (golden.optaxFloat32, golden.expected)
    let quantities = [
      ("parameters", ours.parameters, optax.parameters, exact.parameters),
      ("m1", ours.m1, optax.m1, exact.m1), ("m2", ours.m2, optax.m2, exact.m2),
      ("nu", ours.nu, optax.nu, exact.nu),
    ]
    let layout = try golden.layout()
    // Its tensors differ by 35 orders of magnitude: the largest would hide the
    // others.
    let parts =
      name == "special-gradients"
      ? layout.tensors.map(\.range) : [0..<layout.count]
    for (quantity, ours, optax, exact) in quantities
    where ours.allSatisfy({ !$0.isEmpty }) {
      for part in parts {
        let ourDistance = distance(ours, exact, part)
        let optaxDistance = distance(optax.map(\.values), exact, part)
        #expect(ourDistance <= optaxDistance, "\(quantity) of \(part)")
        if otherGoldenFolder != nil {
          let quotient = ourDistance / optaxDistance
          print("\(name) \(engine) \(quantity) \(part): \(quotient)")
        }
      }
    }
  }

  /// Constant hyperparameters, and the paper's schedules. With other random
  /// numbers the first are 26 to 46 times closer.
  @Test(
    .enabled(if: otherGoldenFolder == nil),
    arguments: [("long", 30.0), ("long-paper", 4.0)])
  func `in Float are far closer than optax's after 10 000 steps`(
    name: String, factor: Double
  ) throws {
    let golden = try GoldenCase.named(name)
    let ours = try trajectory(of: golden, .blas, Float.self).parameters
    let optax = golden.optaxFloat32.parameters.map(\.values)
    let exact = golden.expected.parameters
    #expect(distance(ours, exact) * factor <= distance(optax, exact))
  }

  private func trajectory<Scalar: OptimizerScalar>(
    of golden: GoldenCase, _ engine: StepEngine, _: Scalar.Type
  ) throws -> History<Scalar> {
    let layout = try golden.layout()
    var optimizer = try AdEMAMix<Scalar>(
      layout, clock: golden.clock, engine: engine)
    var parameters = golden.initialParameters.values.map { Scalar($0) }
    let gradients = golden.gradients.values.map { Scalar($0) }
    var history = History<Scalar>()
    for step in 0..<golden.steps {
      let first = step * layout.count
      try optimizer.step(
        &parameters, gradients: Array(gradients[first..<(first + layout.count)])
      )
      guard golden.recordedSteps.contains(step + 1) else { continue }
      history.record(parameters, optimizer)
    }
    return history
  }
}

@Suite struct `Published values` {
  private struct Published: Decodable {
    let name: String
    let clock: StepClock
    let hyperparameters: FixtureHyperparameters
    let after1, after20: [Double]
    /// Relative.
    let tolerance: Double
  }

  /// From optax 0.2.8, pytorch_optimizer 4.1.0, and the authors' PyTorch code.
  @Test(arguments: StepEngine.allCases)
  func `are met`(engine: StepEngine) throws {
    let cases = try decodeFixture("published", as: [Published].self)
    #expect(cases.count == 9)
    for published in cases {
      var optimizer = try AdEMAMix<Double>(
        [
          ParameterGroup(
            "p", sizes: [3], published.hyperparameters.hyperparameters)
        ], clock: published.clock, engine: engine)
      var parameters = [1.0, -2.0, 0.5]
      for t in 1...20 {
        let gradients = (0..<3).map { Double((7 * t + 3 * $0) % 11 - 5) / 10 }
        try optimizer.step(&parameters, gradients: gradients)
        guard t == 1 || t == 20 else { continue }
        let expected = t == 1 ? published.after1 : published.after20
        for (ours, theirs) in zip(parameters, expected) {
          #expect(
            abs(ours - theirs) <= published.tolerance * abs(theirs),
            "\(published.name) after \(t) steps")
        }
      }
    }
  }
}
