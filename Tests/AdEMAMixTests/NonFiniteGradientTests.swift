//===--- NonFiniteGradientTests.swift - NaN and infinity stay at home -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

@Suite struct `A gradient that is not finite` {
  @Test(arguments: StepEngine.allCases, [0.9, 0])
  func `reaches no other element`(engine: StepEngine, beta1: Double) throws {
    for instructionSet in InstructionSet.available {
      for value in [Double.nan, .infinity, -.infinity] {
        for poisoned in [0, 5, 31, 32, 255, 256, 420] {
          let run = Run(engine, instructionSet, beta1)
          try run.check(Float.self, value, at: poisoned)
          try run.check(Double.self, value, at: poisoned)
        }
      }
    }
  }

  /// As the equations say: infinity divided by infinity is NaN, a decay of 0
  /// times NaN is too.
  @Test(arguments: StepEngine.allCases)
  func `stays in the moments of its own`(engine: StepEngine) throws {
    // The second is 0 in Float alone.
    for rate in [0, 1e-60, 0.5] {
      let hyperparameters = Hyperparameters(
        learningRate: 0.1, beta1: 0.5, beta2: rate, beta3: .constant(rate))
      var optimizer = try AdEMAMix<Float>(
        [ParameterGroup("w", sizes: [3], hyperparameters)], engine: engine)
      var parameters: [Float] = [1, 1, 1]
      try optimizer.step(&parameters, gradients: [.nan, .infinity, 1])
      for _ in 0..<40 {
        try optimizer.step(&parameters, gradients: [1, 1, 1])
      }
      let moments = optimizer.copyMoments()[0]
      #expect(parameters[0].isNaN && parameters[1].isNaN)
      #expect(parameters[2].isFinite)
      #expect(moments.fast[0].isNaN && moments.fast[1] == .infinity)
      #expect(moments.slow[0].isNaN && !moments.slow[1].isFinite)
      #expect(moments.second[0].isNaN && !moments.second[1].isFinite)
    }
  }
}

/// Runs with and without a poisoned gradient in their second step.
private struct Run {
  let engine: StepEngine
  let instructionSet: InstructionSet
  let hyperparameters: Hyperparameters

  init(_ engine: StepEngine, _ instructionSet: InstructionSet, _ beta1: Double)
  {
    self.engine = engine
    self.instructionSet = instructionSet
    hyperparameters = Hyperparameters(
      learningRate: 0.1, beta1: beta1, weightDecay: 0.1)
  }

  func check<Scalar: OptimizerScalar>(
    _: Scalar.Type, _ value: Double, at poisoned: Int
  ) throws {
    let count = 421
    var clean = try AdEMAMix<Scalar>(
      [ParameterGroup("w", sizes: [count], hyperparameters)], engine: engine)
    clean.instructionSet = instructionSet
    var optimizer = try clean.copy()
    var expected: [Scalar] = sample(count)
    var parameters = expected
    for step in 0..<3 {
      var gradients: [Scalar] = sample(count, 1 + step)
      try clean.step(&expected, gradients: gradients)
      if step == 1 { gradients[poisoned] = Scalar(value) }
      try optimizer.step(&parameters, gradients: gradients)
    }
    #expect(parameters[poisoned].isNaN)
    let moments = optimizer.copyMoments()[0]
    let cleanMoments = clean.copyMoments()[0]
    for (actual, expected) in [
      (parameters, expected), (moments.slow, cleanMoments.slow),
      (moments.fast, cleanMoments.fast), (moments.second, cleanMoments.second),
    ] where !expected.isEmpty {
      var healed = actual
      #expect(!healed[poisoned].isFinite)
      healed[poisoned] = expected[poisoned]
      #expect(healed == expected)
    }
  }
}
