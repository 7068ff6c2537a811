//===--- AccumulationTests.swift - several gradients, one step ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

@Suite struct `Accumulated gradients` {
  @Test(arguments: StepEngine.allCases, CallShape.allCases)
  func `make the step of their mean or sum`(
    engine: StepEngine, shape: CallShape
  ) throws {
    var random = RandomNumbers(seed: 3)
    for isMean in [true, false] {
      var optimizer: AdEMAMix<Double> = try optimizer([700, 3], engine)
      var expected = try optimizer.copy()
      optimizer.options.accumulation =
        isMean ? .mean(over: 3) : .sum(over: 3)
      let halving = CallOptions { $0.gradientScale = 0.5 }
      var parameters = [Double](repeating: 1, count: 703)
      var expectedParameters = parameters
      for step in 0..<12 {
        let batches: [[Double]] = (0..<3).map { _ in random.numbers(703) }
        for (index, gradients) in batches.enumerated() {
          let before = parameters
          let report = try optimizer.step(
            shape, &parameters, gradients: gradients, halving)
          if index < 2 {
            #expect(report.outcome == .accumulated(count: index + 1, of: 3))
            #expect(parameters == before)
            #expect(optimizer.stepCount == step)
          } else {
            #expect(report.outcome == .completed)
          }
        }
        let total = (0..<703).map { i in
          batches.reduce(0) { $0 + $1[i] } * 0.5 / (isMean ? 3 : 1)
        }
        try expected.step(&expectedParameters, gradients: total)
      }
      expectClose(parameters, expectedParameters, tolerance: 1e-12)
      expectClose(
        optimizer.copyMoments()[0].second, expected.copyMoments()[0].second,
        tolerance: 1e-12)
    }
  }

  @Test func `follow a schedule of completed steps`() throws {
    var optimizer: AdEMAMix<Float> = try optimizer([4])
    optimizer.options.accumulation = .mean(
      over: .piecewiseConstant(from: 1, changes: [.init(at: 2, factor: 3)]))
    var parameters: [Float] = [1, 2, 3, 4]
    let outcomes = try (0..<8).map { _ in
      try optimizer.step(&parameters, gradients: [1, 1, 1, 1]).outcome
        == .completed
    }
    #expect(
      outcomes == [true, true, false, false, true, false, false, true])
  }

  @Test func `complete the step once fewer are asked for`() throws {
    var optimizer: AdEMAMix<Double> = try optimizer([2])
    var expected = try optimizer.copy()
    var parameters = [1.0, 2]
    var expectedParameters = parameters
    optimizer.options.accumulation = .mean(over: 100)
    for gradient in [1.0, 2, 6] {
      try optimizer.step(&parameters, gradients: [gradient, -gradient])
    }
    optimizer.options.accumulation = nil
    let report = try optimizer.step(&parameters, gradients: [3, -3])
    #expect(report.outcome == .completed)
    try expected.step(&expectedParameters, gradients: [3, -3])
    expectClose(parameters, expectedParameters)
    // Nothing of it is left for the next step.
    try optimizer.step(&parameters, gradients: [5, 5])
    try expected.step(&expectedParameters, gradients: [5, 5])
    expectClose(parameters, expectedParameters)
  }

  /// optax's running mean `a + (g - a)/(n + 1)`, in Float.
  @Test(arguments: ["equal", "of one sign", "of both signs"])
  func `lose less to rounding than optax's mean`(kind: String) throws {
    let count = 1000
    var random = RandomNumbers(seed: 11)
    var optimizer: AdEMAMix<Float> = try optimizer([count], .fused, beta1: 0.5)
    optimizer.options.accumulation = .mean(over: 1000)
    var parameters = [Float](repeating: 0, count: count)
    var optax = [Float](repeating: 0, count: count)
    var exact = [Double](repeating: 0, count: count)
    for batch in 0..<1000 {
      let numbers: [Float] = random.numbers(count)
      let gradients = numbers.map { number -> Float in
        switch kind {
        case "equal": 0.1
        case "of one sign": 0.5 + abs(number)
        default: number
        }
      }
      try optimizer.step(&parameters, gradients: gradients)
      for i in 0..<count {
        optax[i] += (gradients[i] - optax[i]) / Float(batch + 1)
        exact[i] += Double(gradients[i]) / 1000
      }
    }
    #expect(optimizer.stepCount == 1)
    // Half the mean; halving is exact.
    let mean = optimizer.copyMoments()[0].fast.map { 2 * Double($0) }
    func distance(_ values: [Double]) -> Double {
      zip(values, exact).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        .squareRoot()
    }
    let norm = distance([Double](repeating: 0, count: count))
    #expect(distance(mean) <= 6e-8 * norm)
    let distanceOfOptax = distance(optax.map(Double.init))
    #expect(distance(mean) <= max(distanceOfOptax, 3e-8 * norm))
  }

  @Test func `take a scalar a parameter, two where they are many`() throws {
    var optimizer: AdEMAMix<Float> = try optimizer([10_000])
    var parameters = [Float](repeating: 0, count: 10_000)
    let bare = optimizer.stateByteCount
    optimizer.options.accumulation = .mean(over: 16)
    try optimizer.step(&parameters, gradients: parameters)
    #expect(optimizer.stateByteCount == bare + 40_000)
    optimizer.options.accumulation = .mean(over: 17)
    try optimizer.step(&parameters, gradients: parameters)
    #expect(optimizer.stateByteCount == bare + 80_000)
  }

  @Test func `go on in a clone`() throws {
    var optimizer: AdEMAMix<Float> = try optimizer([300])
    var parameters = [Float](repeating: 1, count: 300)
    optimizer.options.accumulation = .mean(over: 20)
    var random = RandomNumbers(seed: 5)
    for _ in 0..<7 {
      try optimizer.step(&parameters, gradients: random.numbers(300))
    }
    var clone = try optimizer.copy()
    var cloned = parameters
    for _ in 0..<40 {
      let gradients: [Float] = random.numbers(300)
      try optimizer.step(&parameters, gradients: gradients)
      try clone.step(&cloned, gradients: gradients)
    }
    #expect(optimizer.stepCount == 2)
    #expect(cloned == parameters)
  }

  @Test(arguments: [0, -1, 0.4, .nan, .infinity])
  func `are at least one`(count: Double) throws {
    var optimizer: AdEMAMix<Float> = try optimizer([1])
    var parameters: [Float] = [1]
    optimizer.options.accumulation = .mean(over: .constant(count))
    let thrown = #expect(throws: AdEMAMixError.self) {
      try optimizer.step(&parameters, gradients: [1])
    }
    let expected = AdEMAMixError.optionOutOfRange(
      .microBatchCount, value: count)
    #expect(thrown?.description == expected.description)
    #expect(parameters == [1])
    #expect(optimizer.stepCount == 0)
  }

  @Test func `need a schedule that makes sense`() throws {
    var optimizer: AdEMAMix<Float> = try optimizer([1])
    var parameters: [Float] = [1]
    optimizer.options.accumulation = .sum(
      over: .linear(from: 1, to: 8, over: -5))
    #expect(throws: AdEMAMixError.invalidAccumulation(.negativeCount(-5))) {
      try optimizer.step(&parameters, gradients: [1])
    }
  }

  private func optimizer<Scalar: OptimizerScalar>(
    _ sizes: [Int], _ engine: StepEngine = .blas, beta1: Double = 0.9
  ) throws -> AdEMAMix<Scalar> {
    try AdEMAMix(
      [
        ParameterGroup(
          "w", sizes: sizes,
          Hyperparameters(
            learningRate: 0.01, beta1: beta1, beta3: 0.95, weightDecay: 0.1))
      ], engine: engine)
  }
}
