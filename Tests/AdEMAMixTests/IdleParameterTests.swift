//===--- IdleParameterTests.swift - where no gradient comes any more ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Testing

@Suite struct `An idle parameter` {
  /// Next to 0 a step takes several times as long.
  @Test(arguments: [
    (StepEngine.blas, MomentStorage.full), (.fused, .full), (.fused, .compact),
    (.fused, .minimal),
  ])
  func `has a fast moment of 0, and none that is next to it`(
    engine: StepEngine, storage: MomentStorage
  ) throws {
    let group = ParameterGroup(
      "rows", sizes: [700], Hyperparameters(learningRate: 0.1),
      storage: storage)
    var optimizer = try AdEMAMix<Float>([group], engine: engine)
    var exact = try AdEMAMix<Double>([
      ParameterGroup("rows", sizes: [700], Hyperparameters(learningRate: 0.1))
    ])
    var parameters = [Float](repeating: 0, count: 700)
    var expected = [Double](repeating: 0, count: 700)
    for step in 0..<1_200 {
      let gradients = (0..<700).map { step < 3 || $0 >= 690 ? 1 : 0 as Float }
      try optimizer.step(&parameters, gradients: gradients)
      try exact.step(&expected, gradients: gradients.map { Double($0) })
      let fast = optimizer.copyMoments()[0].fast
      #expect(fast.allSatisfy { $0 == 0 || abs($0) >= 0x1p-85 }, "\(step)")
      if step > 600 { #expect(fast[..<690].allSatisfy { $0 == 0 }) }
    }
    let tolerance = storage.isFull ? 1e-5 : 0.02
    for index in [0, 300, 689] where storage.isFull || index == 0 {
      #expect(
        abs(Double(parameters[index]) / expected[index] - 1) < tolerance)
    }
  }

  @Test func `keeps its second moment, which divides`() throws {
    for engine in [StepEngine.blas, .fused] {
      var optimizer = try AdEMAMix<Float>(
        [
          ParameterGroup(
            "w", sizes: [3],
            Hyperparameters(learningRate: 0.1, beta2: 0.5, epsilon: 1e-18))
        ], engine: engine)
      var parameters: [Float] = [1, 1, 1]
      try optimizer.step(&parameters, gradients: [1, 1, 1])
      for _ in 0..<100 {
        try optimizer.step(&parameters, gradients: [0, 0, 0])
      }
      let second = optimizer.copyMoments()[0].second[0]
      #expect(abs(second * 0x1p101 - 1) < 1e-5)
    }
  }
}
