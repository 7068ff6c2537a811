//===--- WeightedAccumulationTests.swift - means over tokens --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

@Suite struct `A weight of a micro-batch` {
  private static func optimizer(
    _ accumulation: GradientAccumulation? = .mean(over: 3)
  ) throws -> AdEMAMix<Double> {
    var optimizer = try AdEMAMix<Double>([
      ParameterGroup(
        "a", sizes: [40], Hyperparameters(learningRate: 1e-2))
    ])
    optimizer.options.accumulation = accumulation
    optimizer.options.clipping = .globalNorm(0.5)
    return optimizer
  }

  private static let tokens = [7.0, 1, 120]

  /// Gradients that are means over the tokens of their micro-batches.
  private static func batches(_ seed: UInt64) -> [[Double]] {
    var random = RandomNumbers(seed: seed)
    return tokens.map { _ in random.numbers(40) }
  }

  /// Σ w·g over the sum of weights, or over 1.
  private static func sum(_ batches: [[Double]], over total: Double) -> [Double]
  {
    (0..<40).map { index in
      zip(tokens, batches).reduce(0) { $0 + $1.0 * $1.1[index] } / total
    }
  }

  @Test(arguments: [true, false])
  func `makes a mean over tokens, or a weighted sum`(isMean: Bool) throws {
    var weighted = try Self.optimizer(isMean ? .mean(over: 3) : .sum(over: 3))
    var plain = try Self.optimizer(nil)
    var parameters = [Double](repeating: 1, count: 40)
    var expected = parameters
    for step in 0..<5 {
      let batches = Self.batches(UInt64(step))
      var norm: Double?
      for (tokens, gradients) in zip(Self.tokens, batches) {
        norm = try weighted.step(
          &parameters, gradients: gradients, gradientScale: 0.25,
          weight: tokens
        ).gradientNorm
      }
      let total = isMean ? Self.tokens.reduce(0, +) : 1
      let report = try plain.step(
        &expected, gradients: Self.sum(batches, over: total),
        gradientScale: 0.25)
      let (own, other) = (try #require(norm), try #require(report.gradientNorm))
      #expect(abs(own - other) <= 1e-14 * other)
      for (own, other) in zip(parameters, expected) {
        #expect(abs(own - other) <= 1e-14)
      }
    }
    #expect(weighted.stepCount == 5)
  }

  @Test func `counts in a step that is completed before its time`() throws {
    var weighted = try Self.optimizer(.mean(over: 9))
    var plain = try Self.optimizer(nil)
    var parameters = [Double](repeating: 1, count: 40)
    var expected = parameters
    let batches = Self.batches(3)
    for (tokens, gradients) in zip(Self.tokens, batches) {
      try weighted.step(&parameters, gradients: gradients, weight: tokens)
    }
    try weighted.completeStep(&parameters)
    try plain.step(
      &expected, gradients: Self.sum(batches, over: Self.tokens.reduce(0, +)))
    for (own, other) in zip(parameters, expected) {
      #expect(abs(own - other) <= 1e-14)
    }
    // Dropped gradients leave no weight behind.
    try weighted.step(&parameters, gradients: batches[0], weight: 1e6)
    weighted.discardAccumulatedGradients()
    try plain.step(&expected, gradients: batches[1])
    try weighted.step(&parameters, gradients: batches[1], weight: 3)
    try weighted.completeStep(&parameters)
    for (own, other) in zip(parameters, expected) {
      #expect(abs(own - other) <= 1e-14)
    }
  }

  @Test func `of 1 changes no bit, nor does any of a single gradient`() throws {
    for (accumulation, weight) in [
      (GradientAccumulation.mean(over: 3), 1.0), (.mean(over: 1), 0.3),
    ] as [(GradientAccumulation?, Double)] + [(nil, 0.3)] {
      var weighted = try Self.optimizer(accumulation)
      var plain = try Self.optimizer(accumulation)
      var parameters = [Double](repeating: 1, count: 40)
      var expected = parameters
      for gradients in Self.batches(5) {
        try weighted.step(&parameters, gradients: gradients, weight: weight)
        try plain.step(&expected, gradients: gradients)
      }
      #expect(parameters == expected)
    }
  }

  @Test func `is finite and positive, also times the gradient scale`() throws {
    var optimizer = try Self.optimizer()
    var parameters = [Double](repeating: 1, count: 40)
    for weight in [0, -1, .nan, .infinity, 1e-19, 1e19] {
      #expect(
        throws: AdEMAMixError.optionOutOfRange(.weight, value: weight)
      ) {
        try optimizer.step(
          &parameters, gradients: parameters, weight: weight)
      }
    }
    #expect(
      throws: AdEMAMixError.optionOutOfRange(.weight, value: .infinity)
    ) {
      try optimizer.step(
        &parameters, gradients: parameters, gradientScale: 1e300,
        weight: 1e18)
    }
    #expect(optimizer.accumulatedGradientCount == 0)
    #expect(parameters.allSatisfy { $0 == 1 })
  }
}
