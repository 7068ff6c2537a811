//===--- MomentsTests.swift - the state, read, set, copied and carried on -===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

@Suite struct `The moments` {
  @Test(arguments: StepEngine.allCases)
  func `are 0 at the start and averages after a step`(engine: StepEngine) throws
  {
    var optimizer: AdEMAMix<Double> = try makeOptimizer(engine)
    #expect(
      optimizer.copyMoments() == [
        zero([0, 0, 0], fast: 3), zero([0, 0], fast: 0),
      ])

    let gradients = [1.0, -2, 0.5, 3, -0.25]
    var parameters = [Double](repeating: 1, count: 5)
    try optimizer.step(&parameters, gradients: gradients)
    let moments = optimizer.copyMoments()
    expectClose(moments[0].fast, gradients[..<3].map { (1 - 0.9) * $0 })
    expectClose(moments[0].slow, gradients[..<3].map { (1 - 0.9999) * $0 })
    expectClose(
      moments[0].second, gradients[..<3].map { (1 - 0.999) * $0 * $0 })
    #expect(moments[1].fast.isEmpty)
    expectClose(moments[1].slow, gradients[3...].map { (1 - 0.9999) * $0 })
    expectClose(
      moments[1].second, gradients[3...].map { (1 - 0.999) * $0 * $0 })

    try optimizer.step(&parameters, gradients: gradients)
    expectClose(
      optimizer.copyMoments()[0].fast, gradients[..<3].map { (1 - 0.81) * $0 })
    #expect(optimizer.copyMoments().map(\.stepCounts.fast) == [2, 2])
  }

  @Test(arguments: StepEngine.allCases, [1, 30, 45])
  func `carry a run on where they are restored`(
    engine: StepEngine, stop: Int
  ) throws {
    var optimizer: AdEMAMix<Double> = try makeOptimizer(engine)
    var parameters = [1.0, 2, 3, 4, 5]
    try run(&optimizer, &parameters, steps: 0..<stop)
    // Nothing of its own past must be left.
    var resumed: AdEMAMix<Double> = try makeOptimizer(engine)
    var past = parameters
    try run(&resumed, &past, steps: 0..<7)
    try resumed.restore(
      stepCount: optimizer.stepCount, moments: optimizer.copyMoments())
    #expect(resumed.stepCount == stop)
    #expect(resumed.copyMoments() == optimizer.copyMoments())
    var resumedParameters = parameters
    try run(&optimizer, &parameters, steps: stop..<60)
    try run(&resumed, &resumedParameters, steps: stop..<60)
    #expect(resumed.stepCount == 60)
    if engine == .reference {
      #expect(resumedParameters == parameters)
      #expect(resumed.copyMoments() == optimizer.copyMoments())
    } else {
      expectClose(resumedParameters, parameters)
      for (actual, expected) in zip(
        resumed.copyMoments(), optimizer.copyMoments())
      {
        expectClose(actual.fast, expected.fast)
        expectClose(actual.slow, expected.slow)
        expectClose(actual.second, expected.second)
      }
    }
  }

  /// A slow moment from an earlier phase of training, as in figure 18 of the
  /// paper.
  @Test(arguments: StepEngine.allCases)
  func `may start with averages other than 0`(engine: StepEngine) throws {
    let group = ParameterGroup(
      "w", sizes: [1],
      Hyperparameters(learningRate: 0.1, beta3: 0.5, alpha: 2))
    var optimizer = try AdEMAMix<Double>([group], engine: engine)
    try optimizer.restore(
      stepCount: 0,
      moments: [GroupMoments(stepCount: 0, fast: [0], slow: [8], second: [0])])
    var parameters = [1.0]
    try optimizer.step(&parameters, gradients: [4])
    // The fast moment is 4 once corrected, the slow one 6, the root 4.
    expectClose(parameters, [1 - 0.1 * (4 + 2 * 6) / 4], tolerance: 1e-8)
    expectClose(optimizer.copyMoments()[0].slow, [6])
  }

  @Test func `are taken back after a gradient that was NaN`() throws {
    var optimizer: AdEMAMix<Double> = try makeOptimizer()
    var parameters = [Double](repeating: 1, count: optimizer.layout.count)
    var gradients = parameters
    gradients[0] = .nan
    try optimizer.step(&parameters, gradients: gradients)
    let moments = optimizer.copyMoments()
    #expect(moments[0].second[0].isNaN)
    try optimizer.restore(stepCount: 1, moments: moments)
    #expect(optimizer.copyMoments()[0].second[0].isNaN)
    #expect(optimizer.copyMoments()[0].second.dropFirst().allSatisfy { $0 > 0 })
  }

  @Test(arguments: [
    (-1, [], AdEMAMixError.stepCount(-1, group: nil)),
    (.max, [nil, nil], .stepCount(.max, group: nil)),
    (1, [zero([1, 1, 1], fast: 3)], .momentGroupCount(1, expected: 2)),
    (
      1, [zero([1], fast: 3), nil],
      .momentCount(.second, 1, expected: 3, group: "a")
    ),
    (
      1, [zero([1, 1, 1], fast: 2), nil],
      .momentCount(.fast, 2, expected: 3, group: "a")
    ),
    (
      1, [nil, zero([1, 1], fast: 2)],
      .momentCount(.fast, 2, expected: 0, group: "b")
    ),
    (
      1,
      [nil, GroupMoments(stepCount: 1, fast: [], slow: [1, 1], second: [1])],
      .momentCount(.second, 1, expected: 2, group: "b")
    ),
    (
      1,
      [
        nil,
        GroupMoments(stepCount: -2, fast: [], slow: [1, 1], second: [1, 1]),
      ],
      .stepCount(-2, group: "b")
    ),
    (
      1,
      [
        nil,
        GroupMoments(stepCount: 2, fast: [], slow: [1, 1], second: [1, 1]),
      ],
      .momentStepCount(.fast, 2, stepCount: 1, group: "b")
    ),
    (
      1, [nil, zero([1, -0.5], fast: 0)],
      .invalidSecondMoment(value: -0.5, index: 1, group: "b")
    ),
  ])
  func `stay where a state is refused`(
    stepCount: Int, given: [GroupMoments<Double>?], error: AdEMAMixError
  ) throws {
    var optimizer: AdEMAMix<Double> = try makeOptimizer()
    var parameters = [1.0, 2, 3, 4, 5]
    try run(&optimizer, &parameters, steps: 0..<3)
    let moments = optimizer.copyMoments()
    let valid = [zero([1, 1, 1], fast: 3), zero([1, 1], fast: 0)]
    #expect(throws: error) {
      try optimizer.restore(
        stepCount: stepCount,
        moments: zip(given, valid).map { $0 ?? $1 })
    }
    #expect(optimizer.copyMoments() == moments)
    #expect(optimizer.stepCount == 3)
  }
}

@Suite struct `A clone` {
  @Test(arguments: StepEngine.allCases)
  func `goes on with the same bits, apart from the original`(
    engine: StepEngine
  ) throws {
    var optimizer: AdEMAMix<Float> = try makeOptimizer(engine, clock: .fromOne)
    optimizer.threadSplit.threadCount = 3
    optimizer.instructionSet = .baseline
    var parameters: [Float] = [1, 2, 3, 4, 5]
    try run(&optimizer, &parameters, steps: 0..<30)
    var clone = try optimizer.copy()
    #expect(clone.layout == optimizer.layout)
    #expect(clone.shard == optimizer.shard)
    #expect(clone.clock == .fromOne)
    #expect(clone.engine == engine)
    #expect(clone.threadSplit.threadCount == 3)
    #expect(clone.instructionSet == .baseline)

    let state = clone.copyMoments()
    var cloned = parameters
    try run(&optimizer, &parameters, steps: 30..<60)
    #expect(clone.copyMoments() == state)
    #expect(clone.stepCount == 30)
    try run(&clone, &cloned, steps: 30..<60)
    #expect(cloned == parameters)
    #expect(clone.copyMoments() == optimizer.copyMoments())
    #expect(clone.stepCount == 60)
  }

  @Test func `keeps to its shard`() throws {
    let layout = try ParameterLayout([
      ParameterGroup("w", sizes: [9], Hyperparameters(learningRate: 0.1))
    ])
    var optimizer = try AdEMAMix<Double>(layout, shard: 2..<7)
    var parameters = [1.0, 2, 3, 4, 5]
    try run(&optimizer, &parameters, steps: 0..<3)
    let clone = try optimizer.copy()
    #expect(clone.shard == 2..<7)
    #expect(clone.copyMoments() == optimizer.copyMoments())
  }
}

@Suite struct `The slow moment` {
  @Test(arguments: StepEngine.allCases)
  func `does not move parameters while alpha is 0, and is kept`(
    engine: StepEngine
  ) throws {
    let adamW = Hyperparameters(
      learningRate: 0.1, alpha: 0, weightDecay: 0.01)
    var results: [[Double]] = []
    let gradients: [[Double]] = (0..<40).map { sample(5, $0) }
    for beta3 in [0, 0.5, 0.9999] {
      var optimizer = try AdEMAMix<Double>(
        [
          ParameterGroup(
            "w", sizes: [5], adamW.with(\.beta3, .constant(beta3)))
        ], engine: engine)
      var parameters = [1.0, 2, 3, 4, 5]
      try run(&optimizer, &parameters, steps: 0..<40)
      results.append(parameters)
      let expected = (0..<5).map { element in
        (0..<40).reduce(0.0) { slow, step in
          beta3 * slow + (1 - beta3) * gradients[step][element]
        }
      }
      expectClose(optimizer.copyMoments()[0].slow, expected, tolerance: 1e-12)
    }
    #expect(results[0] == results[1] && results[1] == results[2])
  }
}

@Suite struct `The engine` {
  @Test func `may change between two steps`() throws {
    var changing: AdEMAMix<Double> = try makeOptimizer(.reference)
    var steady: AdEMAMix<Double> = try makeOptimizer(.reference)
    var parameters = [1.0, 2, 3, 4, 5]
    var expected = parameters
    for step in 0..<80 {
      changing.engine = StepEngine.allCases[step / 7 % 3]
      try run(&changing, &parameters, steps: step..<(step + 1))
    }
    try run(&steady, &expected, steps: 0..<80)
    expectClose(parameters, expected)
    for (actual, expected) in zip(changing.copyMoments(), steady.copyMoments())
    {
      expectClose(actual.fast, expected.fast)
      expectClose(actual.slow, expected.slow)
      expectClose(actual.second, expected.second)
    }
  }
}

private func makeOptimizer<Scalar: OptimizerScalar>(
  _ engine: StepEngine = .blas, clock: StepClock = .fromZero
) throws -> AdEMAMix<Scalar> {
  let hyperparameters = Hyperparameters(learningRate: 0.01, weightDecay: 0.1)
  return try AdEMAMix(
    [
      ParameterGroup("a", sizes: [3], hyperparameters),
      ParameterGroup("b", sizes: [2], hyperparameters.with(\.beta1, 0)),
    ], clock: clock, engine: engine)
}

private func zero(_ second: [Double], fast: Int) -> GroupMoments<Double> {
  GroupMoments(
    stepCount: 0, fast: [Double](repeating: 0, count: fast),
    slow: [Double](repeating: 0, count: second.count), second: second)
}

private func run<Scalar: OptimizerScalar>(
  _ optimizer: inout AdEMAMix<Scalar>, _ parameters: inout [Scalar],
  steps: Range<Int>
) throws {
  for step in steps {
    try optimizer.step(
      &parameters,
      gradients: sample(parameters.count, step))
  }
}
